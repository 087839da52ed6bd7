//! The tables of dtypes that operands promote to.

use graxe_core::{
    Array, DType, arange, linspace, one_hot, promote_types, promote_weak, scalar, select, with_x64,
};
use serde_json::Value;

use super::super::convert::dtype;
use super::super::settle::in_mode;
use super::super::{Case, Outcome};

/// Compares every fact about dtypes that graxe has; facts about others are passed over.
pub(super) fn run(case: &Case) -> Outcome {
    let Some(Value::Object(facts)) = &case.facts else {
        return Outcome::Failed("the facts are no object".to_owned());
    };
    let fact: fn(&str) -> Option<String> = match case.name.as_str() {
        "promote_types_x64" => pair,
        "promote_weak_x64" => with_scalar,
        "result_dtypes" => expression,
        name => return Outcome::Skipped(format!("{name}: later")),
    };
    let mut compared = 0;
    for (question, want) in facts {
        let Some(got) = in_mode(case, || fact(question)) else {
            continue;
        };
        compared += 1;
        if want.as_str() != Some(&got) {
            return Outcome::Failed(format!("{question}: got {got}, expected {want}"));
        }
    }
    if compared == 0 {
        return Outcome::Failed("no fact was compared".to_owned());
    }
    Outcome::Passed
}

fn pair(question: &str) -> Option<String> {
    let (a, b) = question.split_once(',')?;
    let promoted = promote_types(dtype(a)?, dtype(b)?);
    Some(promoted.name().to_owned())
}

fn describe((dtype, weak): (DType, bool)) -> String {
    let weak = if weak { " weak" } else { "" };
    format!("{}{weak}", dtype.name())
}

/// An array's dtype, or a Rust scalar's with its weakness.
fn operand(name: &str) -> Option<(DType, bool)> {
    let rust = |a: Array| (a.dtype(), a.is_weak());
    Some(match name {
        "python_bool" => rust(scalar(true)),
        "python_int" => rust(scalar(1)),
        "python_float" => rust(scalar(1.0)),
        name => (dtype(name)?, false),
    })
}

fn with_scalar(question: &str) -> Option<String> {
    let (a, b) = question.split_once(',')?;
    Some(describe(promote_weak(operand(a)?, operand(b)?)))
}

/// The dtype of an expression, in the mode it names: `x64=1 int*2.5`.
fn expression(question: &str) -> Option<String> {
    let (mode, text) = question.split_once(' ')?;
    let result = || value(text).map(|a| describe((a.dtype(), a.is_weak())));
    if mode == "x64=1" {
        with_x64(result)
    } else {
        result()
    }
}

/// An expression over integer arrays `i` and `j` and bool arrays `b` and `c`.
fn value(text: &str) -> Option<Array> {
    let (i, j) = (&arange(3), &arange(3));
    let (b, c) = (&Array::ones(3, DType::Bool), &Array::ones(3, DType::Bool));
    Some(match text {
        "arange(3)" => arange(3),
        "arange(3.)" => arange(3.0),
        "int/int" => i / j,
        "int//int" => i.floor_divide(j),
        "int**int" => i.pow(j),
        "int*2.5" => i * 2.5,
        "int%2.0" => i % 2.0,
        "bool+bool" => b + c,
        "bool*2" => b * 2,
        "bool-and" => b & c,
        "sum(bool)" => b.sum(..),
        "mean(int)" => i.mean(..),
        "sqrt(int)" => i.sqrt(),
        "exp(bool)" => b.exp(),
        "sign(int)" => i.sign(),
        "where(b,1,2.5)" => select(b, 1, 2.5),
        "where(b,i,1.0)" => select(b, i, 1.0),
        "argmax" => i.argmax(..),
        "maximum(int,0.5)" => i.maximum(0.5),
        "linspace" => linspace(0.0, 1.0, 3),
        "one_hot" => one_hot(i, 3, DType::default_float()),
        // JAX's arrays of one Python number are weak; here that is a scalar's name.
        "array(1)" => scalar(1),
        "array(1.5)" => scalar(1.5),
        _ => return None,
    })
}
