//! Functions of one array, casts among them.

use graxe_core::{
    Array, DType, celu, elu, gelu, hard_sigmoid, hard_silu, hard_tanh, leaky_relu, log_sigmoid,
    mish, relu, relu6, selu, sigmoid, silu, soft_sign, softplus, squareplus,
};

use super::super::Case;
use super::super::convert;
use super::super::outputs::{Named, Outputs};

type Function = fn(&Array) -> Array;

/// The functions by the name of their operation.
const TABLE: &[(&str, Function)] = &[
    ("neg", |x| -x),
    ("abs", Array::abs),
    ("sign", Array::sign),
    ("floor", Array::floor),
    ("ceil", Array::ceil),
    ("round", Array::round),
    ("trunc", Array::trunc),
    ("sqrt", Array::sqrt),
    ("square", Array::square),
    ("reciprocal", Array::reciprocal),
    ("isfinite", Array::is_finite),
    ("isnan", Array::is_nan),
    ("isinf", Array::is_inf),
    ("signbit", Array::signbit),
    ("nan_to_num", Array::nan_to_num),
    ("logical_not", Array::logical_not),
    ("invert", |x| !x),
    ("popcount", Array::population_count),
    ("clz", Array::count_leading_zeros),
    ("exp", Array::exp),
    ("exp2", Array::exp2),
    ("expm1", Array::expm1),
    ("log", Array::log),
    ("log1p", Array::log1p),
    ("log2", Array::log2),
    ("log10", Array::log10),
    ("lgamma", Array::lgamma),
    ("digamma", Array::digamma),
    ("sinc", Array::sinc),
    ("sin", Array::sin),
    ("cos", Array::cos),
    ("tan", Array::tan),
    ("sinh", Array::sinh),
    ("cosh", Array::cosh),
    ("tanh", Array::tanh),
    ("arcsin", Array::arcsin),
    ("arccos", Array::arccos),
    ("arctan", Array::arctan),
    ("arcsinh", Array::arcsinh),
    ("arccosh", Array::arccosh),
    ("arctanh", Array::arctanh),
    ("rsqrt", Array::rsqrt),
    ("cbrt", Array::cbrt),
    ("erf", Array::erf),
    ("erfc", Array::erfc),
    ("erf_inv", Array::erf_inv),
    ("relu", relu),
    ("relu6", relu6),
    ("hard_tanh", hard_tanh),
    ("sigmoid", sigmoid),
    ("log_sigmoid", log_sigmoid),
    ("softplus", softplus),
    ("silu", silu),
    ("gelu_tanh", |x| gelu(x, true)),
    ("gelu_erf", |x| gelu(x, false)),
    ("elu", |x| elu(x, 1.0)),
    ("selu", selu),
    ("celu", |x| celu(x, 1.0)),
    ("leaky_relu", |x| leaky_relu(x, 0.01)),
    ("soft_sign", soft_sign),
    ("hard_sigmoid", hard_sigmoid),
    ("hard_silu", hard_silu),
    ("mish", mish),
    ("mul2", |x| x * 2),
    ("gt0", |x| x.greater(0)),
];

pub(super) fn outputs(case: &Case, a: &Named) -> Option<Outputs> {
    let op = case.op.as_deref()?;
    let composite = match case.name.as_str() {
        "round_decimals" => Outputs::later("round to decimals: later"),
        "bitcast" => a["x"].bitcast(DType::I32).into(),
        "cast_i32_narrow" => casts(&a["x"]),
        "cast_big_int_f32" => {
            let float = a["x"].astype(DType::F32);
            let back = float.astype(DType::I32);
            Outputs::default().with("float32", float).with("back", back)
        }
        "activation_params" => activations(&a["x"]),
        name if name.starts_with("cast_f32_") => cast(case, &a["x"]),
        name if is_table(name) => {
            let (_, function) = TABLE.iter().find(|(name, _)| *name == op)?;
            function(&a["x"]).into()
        }
        _ => return None,
    };
    Some(composite)
}

fn is_table(name: &str) -> bool {
    ["unary_", "int_unary_", "denormal_"]
        .iter()
        .any(|prefix| name.starts_with(prefix))
}

fn cast(case: &Case, x: &Array) -> Outputs {
    let name = case.params["dtype"].as_str().unwrap_or_default();
    match convert::dtype(name) {
        Some(dtype) => x.astype(dtype).into(),
        None => Outputs::later(format!("dtype {name}: later")),
    }
}

fn casts(x: &Array) -> Outputs {
    [DType::U32, DType::F32, DType::Bool]
        .into_iter()
        .map(|dtype| (dtype.name(), x.astype(dtype)))
        .collect()
}

fn activations(x: &Array) -> Outputs {
    Outputs::default()
        .with("leaky_relu_0.2", leaky_relu(x, 0.2))
        .with("elu_0.5", elu(x, 0.5))
        .with("celu_2", celu(x, 2.0))
        .with("relu", relu(x))
        .with("selu", selu(x))
        .with("softplus", softplus(x))
        .with("squareplus", squareplus(x, 4.0))
}
