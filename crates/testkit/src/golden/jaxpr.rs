//! `jaxpr.json`: programs as they print.

use std::collections::BTreeMap;

use graxe_core::{Array, DType, Program, make_program, scalar};

use super::{Case, Outcome};

pub(crate) fn run(case: &Case) -> Outcome {
    let Some(program) = program(&case.name) else {
        return Outcome::Skipped(why(&case.name).to_owned());
    };
    let want = case.jaxpr.as_deref().unwrap_or_default();
    let (got, want) = (text(&program.to_string()), text(want));
    if got == want {
        Outcome::Passed
    } else {
        Outcome::Failed(format!("got {got}, expected {want}"))
    }
}

/// A program's text on one line, without what only JAX's shardings need.
fn text(printed: &str) -> String {
    let line = printed.replace(" out_sharding=None", "").replace(';', " ");
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

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
        "python_control_flow" => of(
            |x| (0..3).fold(Array::from(0), |y, i| y + x * i),
            &vector(),
        ),
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
        "nested_jit" => "names of jitted functions: later",
        "text_grammar" => "notes, not a program",
        _ => "a composite or derivative whose equations are graxe's own",
    }
}
