//! Single precision against double.

use graxe_core::ops::Primitive;
use graxe_core::{Array, DType, Type, Value, jvp, vjp};

use super::derivatives::doubles;
use super::host::{Host, compare, noise_like};
use super::{Derivatives, Pair};

/// Results, tangents and cotangents.
type Numbers = [Vec<Array>; 3];

/// Values and derivatives in f32 stand near those in f64, where the operation takes f32.
pub(super) fn single(primitive: &Primitive, pair: &Pair<'_>) -> Result<(), String> {
    let floats = doubles(pair);
    let mut inputs = pair.inputs.clone();
    for &i in &floats {
        inputs[i] = narrow(pair.array(i)).into();
    }
    let types: Vec<Type> = inputs.iter().map(Value::ty).collect();
    if floats.is_empty() || primitive.rules().infer(&types).is_err() {
        return Ok(());
    }
    let narrowed = Pair { inputs, ..*pair };
    let [values, tangents, pulled] = numbers(&narrowed, &floats);
    let wide = numbers(pair, &floats);
    let [wide_values, wide_tangents, wide_pulled] =
        wide.map(|v| v.iter().map(narrow).collect::<Vec<_>>());
    let values: Vec<Array> = values.iter().map(narrow).collect();
    let tangents: Vec<Array> = tangents.iter().map(narrow).collect();
    compare("values in f32", &values, &wide_values, 1e-5)?;
    compare("tangents in f32", &tangents, &wide_tangents, 1e-3)?;
    compare("cotangents in f32", &pulled, &wide_pulled, 1e-3)
}

/// An f64 array as f32; others as they are.
fn narrow(array: &Array) -> Array {
    if array.dtype() == DType::F64 {
        Host::of(array).convert(DType::F32).array()
    } else {
        array.clone()
    }
}

fn numbers(pair: &Pair<'_>, floats: &[usize]) -> Numbers {
    let at = pair.arrays(floats);
    let noisy = |like: &[Array], seed: u64| -> Vec<Array> {
        let each = like.iter().enumerate();
        each.map(|(k, a)| noise_like(a, seed + k as u64)).collect()
    };
    let f = |x: &Vec<Array>| pair.call(floats, x);
    let (results, pull) = vjp(f, (at.clone(),));
    let tangents = match pair.derivatives {
        Derivatives::Reverse => Vec::new(),
        _ => jvp(f, (at.clone(),), (noisy(&at, 61),)).1,
    };
    let (pulled,) = pull(&noisy(&results, 71));
    [results, tangents, pulled]
}
