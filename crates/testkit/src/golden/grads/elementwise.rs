//! Derivatives of scalar functions at many points: `vmap(grad(f))`.

use graxe_core::{
    Arg0, Arg1, Array, celu, elu, gelu, grad, grad_at, hard_sigmoid, hard_tanh, leaky_relu,
    log_sigmoid, logaddexp, mish, relu, relu6, scalar, select, selu, sigmoid, silu, soft_sign,
    softplus, vmap,
};

use super::super::outputs::{Named, Outputs};

type Function = fn(&Array) -> Array;
type Function2 = fn(&Array, &Array) -> Array;

pub(super) fn outputs(family: &str, a: &Named) -> Option<Outputs> {
    let x = || &a["x"];
    Some(match family {
        "elementwise_grad" => first(ANYWHERE, x()),
        "elementwise_grad_positive" => first(POSITIVE, x()),
        "elementwise_second_third" => higher(SMOOTH, x(), 2..=3),
        "fourth_fifth" => higher(HIGH, x(), 4..=5),
        "binary_grads" => both(x(), &a["y"]),
        "power_cases" => powers(x(), &a["y"]),
        _ => return None,
    })
}

const ANYWHERE: &[(&str, Function)] = &[
    ("relu", relu),
    ("abs", Array::abs),
    ("leaky_relu", |x| leaky_relu(x, 0.01)),
    ("leaky_relu_0.2", |x| leaky_relu(x, 0.2)),
    ("elu", |x| elu(x, 1.0)),
    ("selu", selu),
    ("celu", |x| celu(x, 1.0)),
    ("gelu_tanh", |x| gelu(x, true)),
    ("gelu_erf", |x| gelu(x, false)),
    ("silu", silu),
    ("softplus", softplus),
    ("sigmoid", sigmoid),
    ("log_sigmoid", log_sigmoid),
    ("tanh", Array::tanh),
    ("relu6", relu6),
    ("hard_tanh", hard_tanh),
    ("soft_sign", soft_sign),
    ("sign", Array::sign),
    ("floor", Array::floor),
    ("round", Array::round),
    ("square", Array::square),
    ("maximum_x_0", |x| x.maximum(0.0)),
    ("minimum_x_1", |x| x.minimum(1.0)),
    ("clip_-1_1", |x| x.clip(-1.0, 1.0)),
    ("where_x>0_x_0", |x| select(&x.greater(0), x, 0.0)),
    ("x*(x>0)", |x| x * x.greater(0)),
    ("erf", Array::erf),
    ("exp", Array::exp),
    ("expm1", Array::expm1),
    ("sin", Array::sin),
    ("arctan", Array::arctan),
    ("sinh", Array::sinh),
    ("cosh", Array::cosh),
    ("hard_sigmoid", hard_sigmoid),
    ("mish", mish),
    ("cbrt", Array::cbrt),
    ("rem_x_2", |x| x % 2.0),
    ("sinc", Array::sinc),
];

const POSITIVE: &[(&str, Function)] = &[
    ("log", Array::log),
    ("log1p", Array::log1p),
    ("sqrt", Array::sqrt),
    ("rsqrt", Array::rsqrt),
    ("reciprocal", Array::reciprocal),
    ("x**1.5", |x| x.pow(1.5)),
    ("x**-2", |x| x.powi(-2)),
    ("arccosh(x+1)", |x| (x + 1).arccosh()),
    ("arcsinh", Array::arcsinh),
    ("arctanh(x/12)", |x| (x / 12).arctanh()),
    ("arcsin(x/12)", |x| (x / 12).arcsin()),
    ("arccos(x/12)", |x| (x / 12).arccos()),
    ("erf_inv(x/12)", |x| (x / 12).erf_inv()),
    ("x*log(x)", |x| x * x.log()),
    ("logaddexp(x,0)", |x| logaddexp(x, 0.0)),
    ("exp2", Array::exp2),
    ("tan(x/12)", |x| (x / 12).tan()),
    ("erfc", Array::erfc),
    ("lgamma", Array::lgamma),
    ("digamma", Array::digamma),
    ("xlogy(x,x)", |x| x.xlogy(x)),
    ("log2", Array::log2),
    ("logit(x/12)", |x| (x / 12).logit()),
];

const SMOOTH: &[(&str, Function)] = &[
    ("sin", Array::sin),
    ("tanh", Array::tanh),
    ("exp", Array::exp),
    ("x**4", |x| x.powi(4)),
    ("1/(1+x**2)", |x| 1 / (1 + x.powi(2))),
    ("sigmoid", sigmoid),
    ("softplus", softplus),
    ("gelu_tanh", |x| gelu(x, true)),
    ("silu", silu),
    ("sin(x**2)", |x| x.powi(2).sin()),
    ("x*exp(-x)", |x| x * (-x).exp()),
    ("erf", Array::erf),
    ("sqrt(1+x**2)", |x| (1 + x.powi(2)).sqrt()),
];

const HIGH: &[(&str, Function)] = &[
    ("sin", Array::sin),
    ("x**6", |x| x.powi(6)),
    ("tanh", Array::tanh),
];

const PAIRS: &[(&str, Function2)] = &[
    ("arctan2", |x, y| x.arctan2(y)),
    ("hypot", |x, y| x.hypot(y)),
    ("logaddexp", |x, y| logaddexp(x, y)),
    ("divide", |x, y| x / y),
    ("remainder", |x, y| x % y),
    ("fmod", |x, y| x.fmod(y)),
    ("copysign", |x, y| x.copysign(y)),
    ("power_abs", |x, y| (x.abs() + 0.1).pow(y)),
    ("xlogy_abs", |x, y| x * (y.abs() + 0.1).log()),
    ("maximum", |x, y| x.maximum(y)),
];

fn first(table: &[(&'static str, Function)], x: &Array) -> Outputs {
    let derivatives = table.iter().map(|&(name, f)| (name, vmap(grad(f))(x)));
    derivatives.collect()
}

/// The derivative of a function, which is a function again.
type Derivative = Box<dyn Fn(&Array) -> Array + Send + Sync>;

fn derive(f: Function, order: usize) -> Derivative {
    (0..order).fold(Box::new(f), |f: Derivative, _| grad(f))
}

fn higher(
    table: &[(&str, Function)],
    x: &Array,
    orders: std::ops::RangeInclusive<usize>,
) -> Outputs {
    let all = table
        .iter()
        .flat_map(|&(name, f)| orders.clone().map(move |order| (name, f, order)));
    all.map(|(name, f, order)| (format!("d{order} {name}"), vmap(derive(f, order))(x)))
        .collect()
}

fn both(x: &Array, y: &Array) -> Outputs {
    PAIRS.iter().fold(Outputs::default(), |all, &(name, f)| {
        all.with(format!("{name} dx"), vmap(grad_at(f, Arg0))(x, y))
            .with(format!("{name} dy"), vmap(grad_at(f, Arg1))(x, y))
    })
}

fn powers(x: &Array, y: &Array) -> Outputs {
    let power = |x: &Array, y: &Array| x.pow(y);
    let table: &[(&str, Function)] = &[
        ("d(x**2)", |x| x.powi(2)),
        ("d(x**3)", |x| x.powi(3)),
        ("d(x**0)", |x| x.powi(0)),
        ("d(x**1)", |x| x.powi(1)),
        ("d(x**-1)", |x| x.powi(-1)),
        ("d(x**2.0)", |x| x.pow(2.0)),
        ("d(x**0.5)", |x| x.pow(0.5)),
        ("d(2**x)", |x| scalar(2.0).pow(x)),
    ];
    first(table, x)
        .with("power", x.pow(y))
        .with("dpower_dx", vmap(grad_at(power, Arg0))(x, y))
        .with("dpower_dy", vmap(grad_at(power, Arg1))(x, y))
        .with("d2(x**2)", vmap(derive(|x| x.powi(2), 2))(x))
        .with("d2(x**3)", vmap(derive(|x| x.powi(3), 2))(x))
        .with("d2(x**2.0)", vmap(derive(|x| x.pow(2.0), 2))(x))
}
