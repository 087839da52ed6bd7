//! `jaxpr.json`: programs, by their structure and some as they print.

use std::collections::BTreeMap;

use graxe_core::{
    Array, BatchAxes, DType, Program, cond, fori_loop, grad, jit, jvp, make_program, relu, scalar,
    scan, select, softmax, vmap, vmap_with, while_loop,
};

use super::structure::Structure;
use super::{Case, Outcome};

pub(crate) fn run(case: &Case) -> Outcome {
    let Some(program) = program(&case.name) else {
        return Outcome::Skipped("notes, not a program".to_owned());
    };
    if TEXTS.contains(&case.name.as_str()) {
        let (got, want) = (program.to_string(), case.jaxpr.as_deref());
        if Some(got.as_str()) != want {
            return Outcome::Failed(format!("prints {got}"));
        }
    }
    let Some(want) = &case.normalised else {
        return Outcome::Failed("no structure is recorded".to_owned());
    };
    let (mut got, mut want) = (Structure::from(&program), Structure::from(want));
    if SIMPLIFIED.contains(&case.name.as_str()) {
        (got, want) = (got.simplified(), want.simplified());
    }
    let own = OWN.iter().find(|(name, _)| *name == case.name);
    match (got.agrees(&want), own) {
        (Ok(()), None) => Outcome::Passed,
        (Ok(()), Some(_)) => Outcome::Failed("is no longer graxe's own".to_owned()),
        (Err(differs), Some((_, why))) => Outcome::Skipped(format!("{why} ({differs})")),
        (Err(differs), None) => Outcome::Failed(format!("{differs}; got {program}")),
    }
}

/// The programs that print as JAX's do, letter by letter.
const TEXTS: &[&str] = &["poly_int", "poly_int_array", "poly_float"];

/// The programs compared without calls and without what no result needs: JAX wraps functions of its own
/// in calls, and its gradients keep the value.
const SIMPLIFIED: &[&str] = &[
    "cond",
    "fori_static",
    "grad_grad_sin",
    "grad_sin_cos",
    "grad_square_sum",
    "gather_where",
    "jvp_tanh",
    "matmul_bias_relu",
    "scan_cumsum",
    "softmax",
    "vmap_dot",
    "while",
];

/// The programs whose equations are graxe's own, and why.
const OWN: &[(&str, &str)] = &[
    (
        "gather_where",
        "graxe broadcasts the number before it is chosen from, and guards its indices otherwise",
    ),
    (
        "jvp_tanh",
        "graxe takes the slope of tanh as (1 + y)(1 - y)",
    ),
    (
        "softmax",
        "graxe keeps reduced axes by reshape, and takes no maximum with -inf",
    ),
];

fn poly(x: &Array) -> Array {
    2 * x * x + 3 * x + 3
}

/// The programs that are JAX's equation by equation.
fn program(name: &str) -> Option<Program> {
    let f32s = |shape: &[usize]| Array::zeros(shape, DType::F32);
    let vector = || f32s(&[3]);
    let of = |f: fn(&Array) -> Array, x: &Array| Some(make_program(f)(x));
    match name {
        "poly_int" => of(poly, &scalar(3)),
        "poly_int_array" => of(poly, &Array::zeros((), DType::I32)),
        "poly_float" => of(poly, &scalar(3.0)),
        "python_control_flow" => of(|x| (0..3).fold(Array::from(0), |y, i| y + x * i), &vector()),
        "grad_square_sum" => {
            let square = |x: &Array| x.powi(2).sum(..);
            Some(make_program(grad(square))(&vector()))
        }
        "grad_sin_cos" => {
            let f = |x: &Array| x.sin() * x.cos();
            Some(make_program(grad(f))(&f32s(&[])))
        }
        "vmap_dot" => {
            let dot = vmap(|x: &Array, y: &Array| x.dot(y));
            Some(make_program(dot)(&f32s(&[2, 3]), &f32s(&[2, 3])))
        }
        "grad_grad_sin" => Some(make_program(grad(grad(Array::sin)))(&f32s(&[]))),
        "jvp_tanh" => {
            let f = |x: &Array, t: &Array| jvp(Array::tanh, (x.clone(),), (t.clone(),));
            Some(make_program(f)(&f32s(&[]), &f32s(&[])))
        }
        "vmap_in_axes_none" => {
            let f = |u: &Array, v: &Array| u * v + 1;
            let f = vmap_with(f, BatchAxes::inputs([Some(0), None]));
            Some(make_program(f)(&f32s(&[2, 3]), &vector()))
        }
        "scan_cumsum" => {
            let step = |c: Array, x: Array| (&c + &x, c * x);
            let f = |c: &Array, xs: &Array| scan(step, c.clone(), xs);
            Some(make_program(f)(&f32s(&[]), &vector()))
        }
        "cond" => {
            let f = |p: &Array, x: &Array| cond(p, Array::sin, Array::cos, x);
            Some(make_program(f)(&Array::zeros((), DType::Bool), &f32s(&[])))
        }
        "while" => of(
            |x| while_loop(|x: &Array| x.less(10), |x| x * 2, x.clone()),
            &f32s(&[]),
        ),
        "fori_static" => of(|x| fori_loop(0, 3, |i, x| x + i, x.clone()), &f32s(&[])),
        "matmul_bias_relu" => {
            let f = |x: &Array, w: &Array, b: &Array| relu(&(x.matmul(w) + b));
            Some(make_program(f)(&f32s(&[2, 3]), &f32s(&[3, 4]), &f32s(&[4])))
        }
        "gather_where" => {
            let f = |x: &Array, i: &Array| select(&x.greater(0), x, 0).index(i);
            Some(make_program(f)(&vector(), &Array::zeros(2, DType::I32)))
        }
        "softmax" => of(|x| softmax(x, -1), &vector()),
        "nested_jit" => {
            let inner = jit(|x: &Array| x.sin() * x);
            let outer = jit(move |x: &Array| inner(x) + inner(&(2 * x)));
            Some(make_program(outer)(&vector()))
        }
        "square_sum" => of(|x| x.powi(2).sum(..), &vector()),
        "closure_const" => {
            let c = Array::from_vec(vec![1f32, 2.0, 3.0], 3);
            Some(make_program(move |x: &Array| x * &c)(&vector()))
        }
        "dead_code" => of(
            |x| {
                let _ = x.sin();
                x * 2
            },
            &vector(),
        ),
        "tree_args" => {
            let f = |t: &(Array, (Array, Array))| {
                let (x, (y, z)) = t;
                BTreeMap::from([("s".to_owned(), x + y * z)])
            };
            let scale = f32s(&[]);
            Some(make_program(f)(&(vector(), (vector(), scale))))
        }
        "identity_constant" => {
            let f = |x: &Array| (x.clone(), Array::from(1), x.clone());
            Some(make_program(f)(&vector()))
        }
        _ => None,
    }
}
