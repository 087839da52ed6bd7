//! How often a jitted function is traced.

use graxe_core::{Array, DType, Static, jit, scalar};
use serde_json::Value;

use super::super::Case;
use super::super::convert::dtype;
use super::super::outputs::{Named, Outputs};

pub(super) fn outputs(case: &Case, a: &Named) -> Option<Outputs> {
    let traces: Vec<i32> = match case.name.as_str() {
        "jit_trace_count" => {
            let double = jit(|x: &Array| x * 2);
            let calls = case.params["calls"].as_array()?.iter();
            let after = calls.map(|call| {
                double(&argument(call));
                double.stats().traces as i32
            });
            after.collect()
        }
        "jit_static" => {
            let power = jit(|x: &Array, n: &Static<i32>| x.powi(n.0));
            let after = [2, 2, 3, 2].map(|n| {
                power(&a["x"], &Static(n));
                power.stats().traces as i32
            });
            after.to_vec()
        }
        _ => return None,
    };
    let calls = traces.len();
    Some(Outputs::default().with("traces", Array::from_vec(traces, calls)))
}

/// The argument of a call as the case writes it: `float32[3]`, `python float 1.0`.
fn argument(call: &Value) -> Array {
    let call = call.as_str().unwrap_or_default();
    let number = call.strip_prefix("python float ").map(str::parse::<f64>);
    if let Some(Ok(number)) = number {
        return scalar(number);
    }
    let (name, extents) = call.split_once('[').unwrap_or((call, "]"));
    let extents = extents.trim_end_matches(']').split(',');
    let shape: Vec<usize> = extents.filter_map(|n| n.parse().ok()).collect();
    Array::zeros(shape, dtype(name).unwrap_or(DType::Bool))
}
