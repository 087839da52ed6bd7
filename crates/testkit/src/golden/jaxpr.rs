//! `jaxpr.json`: programs, by their structure and some as they print.

use std::collections::BTreeMap;

use graxe_core::{Array, DType, Program, grad, jit, make_program, scalar, vmap};

use super::structure::structure;
use super::{Case, Outcome};

pub(crate) fn run(case: &Case) -> Outcome {
    let Some(program) = program(&case.name) else {
        return Outcome::Skipped(why(&case.name).to_owned());
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
    match structure(&program).agrees(want) {
        Ok(()) => Outcome::Passed,
        Err(why) => Outcome::Failed(format!("{why}; got {program}")),
    }
}

/// The programs that print as JAX's do, letter by letter.
const TEXTS: &[&str] = &["poly_int", "poly_int_array", "poly_float"];

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

/// Why a program is not compared.
fn why(name: &str) -> &'static str {
    match name {
        "scan_cumsum" | "cond" | "while" | "fori_static" => "control flow: later",
        "text_grammar" => "notes, not a program",
        _ => "a composite or derivative whose equations are graxe's own",
    }
}
