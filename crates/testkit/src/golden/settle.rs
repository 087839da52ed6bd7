//! From a case and the means to compute it to its outcome.

use std::panic::{AssertUnwindSafe, catch_unwind};

use graxe_core::random::Layout;
use graxe_core::{Array, jit, with_layout, with_x64};

use super::convert::{dtype, to_array, to_tensor};
use super::outputs::{Named, Output, Outputs};
use super::report::panicked;
use super::{Case, Outcome, Tensor, Tolerance, compare};

/// Computes a case's outputs in its mode and compares each with the recorded one.
///
/// A case some of whose outputs are not there yet is skipped, but only if the others agree.
pub(crate) fn settle(case: &Case, compute: impl FnOnce(&Named) -> Outputs) -> Outcome {
    let inputs = match inputs(case) {
        Ok(inputs) => inputs,
        Err(why) => return Outcome::Skipped(why),
    };
    let computed = in_mode(case, || compute(&inputs));
    let mut missing: Vec<String> = Vec::new();
    let alternative = |name: &str| name.ends_with("_ieee");
    for (name, want) in case.outputs.iter().filter(|(n, _)| !alternative(n)) {
        let verdict = match computed.get(name) {
            _ if dtype(&want.dtype).is_none() => Err(foreign(want)),
            None => return Outcome::Failed(format!("{name}: not computed")),
            Some(Output::Later(why)) => Err(why.clone()),
            Some(Output::Free(array)) => Ok(has_form(array, want)),
            Some(Output::Bound(array)) => Ok(agrees(case, name, array, want)),
        };
        match verdict {
            Ok(Ok(())) => {}
            Ok(Err(why)) => return Outcome::Failed(format!("{name}: {why}")),
            Err(why) if missing.contains(&why) => {}
            Err(why) => missing.push(why),
        }
    }
    if missing.is_empty() {
        Outcome::Passed
    } else {
        Outcome::Skipped(missing.join(", "))
    }
}

/// One output against the recorded one, or against the second one where the case records two that are right.
fn agrees(case: &Case, name: &str, got: &Array, want: &Tensor) -> Result<(), String> {
    let got = to_tensor(got);
    let tol = tolerance(case);
    let verdict = compare(&got, want, &tol);
    match case.output(&format!("{name}_ieee")) {
        Some(second) if verdict.is_err() => compare(&got, second, &tol),
        _ => verdict,
    }
}

/// The case's tolerance, but where the recorded value itself lies further than that from the exact one.
fn tolerance(case: &Case) -> Tolerance {
    // At -3.4, 1 + tanh comes in steps of 2.1e-13 of the result; the recorded value is 3.3e-13 off.
    let measured = match (case.file.as_str(), case.name.as_str()) {
        ("ops.json", "unary_f64_gelu_tanh") => 5e-13,
        _ => 0.0,
    };
    Tolerance {
        rtol: case.tol.rtol.max(measured),
        ..case.tol
    }
}

fn has_form(got: &Array, want: &Tensor) -> Result<(), String> {
    if got.dtype().name() == want.dtype && got.shape()[..] == want.shape {
        return Ok(());
    }
    let (dtype, shape) = (got.dtype().name(), got.shape());
    Err(format!(
        "{dtype}{shape}, expected {}{:?}",
        want.dtype, want.shape
    ))
}

/// The arrays of a case, or the dtype that graxe does not have.
pub(crate) fn inputs(case: &Case) -> Result<Named, String> {
    let arrays = case.inputs.iter().map(|(name, tensor)| {
        let array = to_array(tensor).ok_or_else(|| foreign(tensor))?;
        Ok((name.clone(), array))
    });
    arrays.collect()
}

fn foreign(tensor: &Tensor) -> String {
    format!("dtype {}: later", tensor.dtype)
}

/// Runs `f` with the defaults of the case: 64 bits wide where it says so or holds float64, and its counter layout.
pub(crate) fn in_mode<R>(case: &Case, f: impl FnOnce() -> R) -> R {
    let flag = |name: &str| case.params.get(name).and_then(serde_json::Value::as_bool);
    let mut tensors = case.inputs.iter().chain(&case.outputs);
    let wide = flag("x64") == Some(true) || tensors.any(|(_, t)| t.dtype == "float64");
    let layout = match flag("partitionable") {
        Some(false) => Layout::Original,
        _ => Layout::Partitionable,
    };
    with_layout(layout, || if wide { with_x64(f) } else { f() })
}

/// Judges a case whose call must be refused: as misuse, in a message that has all of `words`.
pub(crate) fn settle_refusal(case: &Case, words: &[&str], call: impl FnOnce(&Named)) -> Outcome {
    let inputs = match inputs(case) {
        Ok(inputs) => inputs,
        Err(why) => return Outcome::Skipped(why),
    };
    match in_mode(case, || refusal(|| call(&inputs))) {
        Some(message) => match words.iter().find(|word| !message.contains(**word)) {
            None => Outcome::Passed,
            Some(word) => Outcome::Failed(format!("the refusal does not say {word}: {message}")),
        },
        None => Outcome::Failed("the call was not refused".to_owned()),
    }
}

/// The message of the misuse that `call` is refused for.
fn refusal(call: impl FnOnce()) -> Option<String> {
    let attempt = jit(|x: &Array| x.clone());
    let caught = catch_unwind(AssertUnwindSafe(|| attempt.try_call(|_| call())));
    match caught {
        Ok(Ok(())) => None,
        Ok(Err(misuse)) => Some(misuse.to_string()),
        Err(payload) => Some(panicked(payload.as_ref())),
    }
}
