//! Transposes asked for directly: also of equations that no derivative of their own emits.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use graxe_core::ops::{Input, Primitive};
use graxe_core::{Array, DType};

use super::derivatives::{directions, dot, doubles, selections, selections_of, tolerance};
use super::host::{Host, noise_like};
use super::{Pair, message};

/// Where the primitive is affine in some operands and has a transpose in them, the transpose
/// is that of its linear part: `<A v, c> = <v, Aᵀ c>`.
pub(super) fn rule(primitive: &Primitive, pair: &Pair<'_>) -> Result<(), String> {
    // A product of two that move is a mistake of the rule, but where a step would make it that is not taken.
    let refused = match primitive {
        Primitive::Scan(op) if op.length < 2 => "is not linear",
        _ => "is not linear in its operands",
    };
    for moving in selections(&doubles(pair)) {
        let v = directions(pair, &moving, 81);
        let Some(change) = affine_change(pair, &moving, &v) else {
            continue;
        };
        let c: Vec<Array> = change.iter().map(|r| noise_like(r, 91)).collect();
        let operands = pair.inputs.iter().enumerate().map(|(i, value)| {
            if moving.contains(&i) {
                Input::Linear(value.ty())
            } else {
                Input::Known(value.clone())
            }
        });
        let operands: Vec<Input> = operands.collect();
        for cotangents in alone_and_together(&c) {
            let asked = AssertUnwindSafe(|| primitive.rules().transpose(&cotangents, &operands));
            let pulled = match catch_unwind(asked) {
                Ok(pulled) => pulled,
                // A rule of something that is never linear says so by a panic.
                Err(payload) if message(payload.as_ref()).contains(refused) => continue,
                Err(payload) => resume_unwind(payload),
            };
            if pulled.len() != pair.inputs.len() {
                return Err(format!("{} cotangents for the operands", pulled.len()));
            }
            let zero = |a: &Array| Array::zeros(a.shape().clone(), DType::F64);
            let pulled = moving
                .iter()
                .map(|&i| pulled[i].clone().unwrap_or_else(|| zero(pair.array(i))));
            let given = cotangents.iter().zip(&change);
            let given: Vec<Array> = given
                .map(|(c, r)| c.clone().unwrap_or_else(|| zero(r)))
                .collect();
            let (left, right) = (dot(&change, &given), dot(&v, &pulled.collect::<Vec<_>>()));
            if (left - right).abs() > 10.0 * tolerance(&change) * left.abs().max(1.0) {
                let marks: Vec<bool> = cotangents.iter().map(Option::is_some).collect();
                return Err(format!(
                    "operands {moving:?}, cotangents {marks:?}: <A v, c> = {left}, <v, Aᵀ c> = {right}"
                ));
            }
        }
    }
    Ok(())
}

/// The cotangents of all float results, then, if there are several, of each alone.
fn alone_and_together(c: &[Array]) -> Vec<Vec<Option<Array>>> {
    let floats = c.iter().map(|c| c.dtype().is_float());
    let floats: Vec<bool> = floats.collect();
    selections_of(&floats)
        .into_iter()
        .map(|marks| {
            let pairs = c.iter().zip(marks);
            pairs.map(|(c, m)| m.then(|| c.clone())).collect()
        })
        .collect()
}

/// How results change from the operands to the operands and `v`, if twice the way changes
/// them twice as much. Results that are not finite count as constant.
fn affine_change(pair: &Pair<'_>, moving: &[usize], v: &[Array]) -> Option<Vec<Array>> {
    let at = pair.arrays(moving);
    let along = |s: f64| -> Vec<Host> {
        let moved = at.iter().zip(v).map(|(x, v)| {
            let pairs = Host::of(x).floats().into_iter().zip(Host::of(v).floats());
            let data: Vec<f64> = pairs.map(|(x, v)| x + s * v).collect();
            Host::new(x.dtype(), x.shape(), data).array()
        });
        let results = pair.expected(moving, &moved.collect::<Vec<_>>());
        results.iter().map(Host::of).collect()
    };
    let [zero, one, two, back] = [0.0, 1.0, 2.0, -1.5].map(along);
    let mut change = Vec::new();
    for (k, base) in zero.iter().enumerate() {
        if !base.dtype.is_float() {
            change.push(base.array());
            continue;
        }
        let [at, one, two, back] = [base, &one[k], &two[k], &back[k]].map(Host::floats);
        let mut data = Vec::new();
        for (i, at) in at.into_iter().enumerate() {
            let step = one[i] - at;
            let close = |a: f64, b: f64| (a - b).abs() <= 1e-5 * b.abs().max(1.0);
            if !at.is_finite() {
                data.push(0.0);
            } else if close(two[i] - at, 2.0 * step) && close(back[i] - at, -1.5 * step) {
                data.push(step);
            } else {
                return None;
            }
        }
        change.push(Host::new(base.dtype, &base.shape, data).array());
    }
    // Constants, empty results among them, have nothing to transpose.
    let moves = change.iter().any(|c| {
        c.dtype().is_float() && dot(std::slice::from_ref(c), std::slice::from_ref(c)) > 0.0
    });
    moves.then_some(change)
}
