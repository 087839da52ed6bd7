//! Derivatives of the first and second order against finite differences.

use graxe_core::ops::Primitive;
use graxe_core::{Array, DType, grad, jvp, select, vjp};

use super::host::{Host, compare, from_f64, noise_like, same_bits, to_f64};
use super::{Derivatives, Pair, chosen};

/// Steps of the differences; operands stand further than twice this from any kink.
const STEP: f64 = 5e-4;

/// Positions of the float inputs if all are f64, so that differences can be trusted.
pub(super) fn doubles(pair: &Pair<'_>) -> Vec<usize> {
    let floats = pair.floats();
    if floats.iter().all(|&i| pair.array(i).dtype() == DType::F64) {
        floats
    } else {
        Vec::new()
    }
}

/// All float inputs together, then each alone.
pub(super) fn selections(floats: &[usize]) -> Vec<Vec<usize>> {
    let mut all: Vec<Vec<usize>> = Vec::new();
    if floats.len() > 1 {
        all.push(floats.to_vec());
    }
    all.extend(floats.iter().map(|&i| vec![i]));
    all
}

/// Marks of all results that are floats, then, if there are several, of each alone.
pub(super) fn selections_of(floats: &[bool]) -> Vec<Vec<bool>> {
    let places: Vec<usize> = (0..floats.len()).filter(|&k| floats[k]).collect();
    let marks = |chosen: &Vec<usize>| (0..floats.len()).map(|k| chosen.contains(&k)).collect();
    selections(&places).iter().map(marks).collect()
}

/// How far a difference may be off: results that passed through f32 have fewer digits.
pub(super) fn tolerance(results: &[Array]) -> f64 {
    if results.iter().any(|r| r.dtype() == DType::F32) {
        2e-3
    } else {
        1e-6
    }
}

/// The derivative of `f` along `direction`, by central differences of the fourth order.
/// Results without derivatives, and elements that are not finite, give zero.
pub(super) fn difference(
    f: &dyn Fn(&[Array]) -> Vec<Array>,
    at: &[Array],
    direction: &[Array],
) -> Vec<Array> {
    let along = |s: f64| {
        let moved = at.iter().zip(direction).map(|(x, v)| {
            let (x, v) = (Host::of(x), Host::of(v).floats());
            let data = x.floats().into_iter().zip(v).map(|(x, v)| x + s * v);
            Host::new(x.dtype, &x.shape, data.collect::<Vec<_>>()).array()
        });
        let results = f(&moved.collect::<Vec<_>>());
        results.iter().map(Host::of).collect::<Vec<Host>>()
    };
    let [far_below, below, above, far_above] = [-2.0 * STEP, -STEP, STEP, 2.0 * STEP].map(along);
    let results = above.iter().enumerate().map(|(k, result)| {
        let data = (0..result.data.len()).map(|i| {
            let at = |results: &[Host]| to_f64(results[k].data[i]);
            let near = at(&above) - at(&below);
            let far = at(&far_above) - at(&far_below);
            let slope = (8.0 * near - far) / (12.0 * STEP);
            if result.dtype.is_float() && slope.is_finite() {
                slope
            } else {
                0.0
            }
        });
        let data = data.map(|v| from_f64(result.dtype, v)).collect();
        Host {
            data,
            ..result.clone()
        }
        .array()
    });
    results.collect()
}

/// The reference's derivative, or zero where that is declared.
pub(super) fn expected_tangents(
    pair: &Pair<'_>,
    moving: &[usize],
    direction: &[Array],
) -> Vec<Array> {
    let at = pair.arrays(moving);
    if pair.derivatives == Derivatives::Zero {
        let zero = |a: &Array| Array::zeros(a.shape().clone(), a.dtype());
        return pair.expected(moving, &at).iter().map(zero).collect();
    }
    difference(&|x| pair.expected(moving, x), &at, direction)
}

pub(super) fn directions(pair: &Pair<'_>, moving: &[usize], seed: u64) -> Vec<Array> {
    let each = moving
        .iter()
        .map(|&i| noise_like(pair.array(i), seed + i as u64));
    each.collect()
}

/// Asked directly, the rule gives the results, tangents of their types, and none where the
/// result has no derivative or that of a function of one number is zero.
pub(super) fn rule(primitive: &Primitive, pair: &Pair<'_>) -> Result<(), String> {
    let results = pair.expected(&[], &[]);
    // With more operands a slope may happen to be zero at these points.
    let unary = matches!(primitive, Primitive::Unary(_));
    let exact = !doubles(pair).is_empty();
    for moving in selections(&pair.floats()) {
        let given = directions(pair, &moving, 1);
        let mut tangents = vec![None; pair.inputs.len()];
        for (&i, t) in moving.iter().zip(&given) {
            tangents[i] = Some(t.clone());
        }
        let (primals, tangents) = primitive.rules().jvp(&pair.inputs, &tangents);
        same_bits("primal of jvp", &super::into_arrays(primals), &results)?;
        if tangents.len() != results.len() {
            return Err(format!("{} tangents", tangents.len()));
        }
        for (k, (t, r)) in tangents.iter().zip(&results).enumerate() {
            let Some(t) = t else { continue };
            if !r.dtype().is_float() {
                return Err(format!("{} result {k} has a tangent", r.dtype()));
            }
            if t.dtype() != r.dtype() || t.shape() != r.shape() {
                return Err(format!(
                    "tangent {k} is {}{}, the result {}{}",
                    t.dtype(),
                    t.shape(),
                    r.dtype(),
                    r.shape()
                ));
            }
            let zero = exact && unary && r.size() > 0 && {
                let slopes = &expected_tangents(pair, &moving, &given)[k];
                Host::of(slopes).floats().iter().all(|&s| s == 0.0)
            };
            if zero {
                return Err(format!("tangent {k} is zero, but stored"));
            }
        }
    }
    Ok(())
}

/// Sets elements to zero where the result itself is not finite.
fn drop_infinite(values: &[Array], results: &[Array]) -> Vec<Array> {
    let pairs = values.iter().zip(results).map(|(v, r)| {
        let (mut v, r) = (Host::of(v), Host::of(r).floats());
        for (s, r) in v.data.iter_mut().zip(r) {
            if !r.is_finite() {
                *s = from_f64(v.dtype, 0.0);
            }
        }
        v.array()
    });
    pairs.collect()
}

/// Forward mode against differences, in all float inputs and in each alone.
pub(super) fn forward(pair: &Pair<'_>) -> Result<(), String> {
    for moving in selections(&doubles(pair)) {
        let given = directions(pair, &moving, 11);
        let at = pair.arrays(&moving);
        let f = |x: &Vec<Array>| pair.call(&moving, x);
        let (results, tangents) = jvp(f, (at.clone(),), (given.clone(),));
        let wanted = pair.expected(&moving, &at);
        compare("primal", &results, &wanted, 0.0)?;
        let slopes = expected_tangents(pair, &moving, &given);
        compare(
            &format!("tangent in operands {moving:?}"),
            &tangents,
            &slopes,
            tolerance(&results),
        )?;
    }
    Ok(())
}

pub(super) fn dot(a: &[Array], b: &[Array]) -> f64 {
    let products = a.iter().zip(b).filter(|(x, _)| x.dtype().is_float());
    products
        .flat_map(|(x, y)| {
            let pairs = Host::of(x).floats().into_iter().zip(Host::of(y).floats());
            pairs.map(|(x, y)| x * y).collect::<Vec<f64>>()
        })
        .sum()
}

/// `<J v, w> = <v, Jᵀ w>`, with J by differences of the reference and Jᵀ by reverse mode: of all results,
/// and of each alone, where the others have no cotangent.
pub(super) fn transpose(pair: &Pair<'_>) -> Result<(), String> {
    for moving in selections(&doubles(pair)) {
        let at = pair.arrays(&moving);
        let wanted = pair.expected(&moving, &at);
        let v = [0, 1].map(|seed| directions(pair, &moving, 21 + seed));
        let slopes = [0, 1].map(|seed: usize| expected_tangents(pair, &moving, &v[seed]));
        let floats: Vec<bool> = wanted.iter().map(|r| r.dtype().is_float()).collect();
        let mut selected = vec![vec![true; wanted.len()]];
        selected.extend(selections_of(&floats).into_iter().skip(1));
        for marks in selected {
            let f = |x: &Vec<Array>| chosen(&pair.call(&moving, x), &marks, true);
            let (results, pull) = vjp(f, (at.clone(),));
            compare(
                "result of vjp",
                &results,
                &chosen(&wanted, &marks, true),
                0.0,
            )?;
            for (seed, (v, slopes)) in v.iter().zip(&slopes).enumerate() {
                let cotangents = results.iter().enumerate();
                let w: Vec<Array> = cotangents
                    .map(|(k, r)| noise_like(r, 31 + 7 * seed as u64 + k as u64))
                    .collect();
                let w = drop_infinite(&w, &results);
                let (pulled,) = pull(&w);
                same_types(&pulled, &at)?;
                let left = dot(&chosen(slopes, &marks, true), &w);
                let right = dot(v, &pulled);
                if (left - right).abs() > 10.0 * tolerance(&wanted) * left.abs().max(1.0)
                    || right.is_nan()
                {
                    return Err(format!(
                        "operands {moving:?}, results {marks:?}: <J v, w> = {left}, <v, Jᵀ w> = {right}"
                    ));
                }
            }
        }
    }
    Ok(())
}

/// Cotangents are of the types of their operands.
fn same_types(cotangents: &[Array], operands: &[Array]) -> Result<(), String> {
    for (p, x) in cotangents.iter().zip(operands) {
        if p.dtype() != x.dtype() || p.shape() != x.shape() {
            return Err(format!(
                "a cotangent is {}{}, its operand {}{}",
                p.dtype(),
                p.shape(),
                x.dtype(),
                x.shape()
            ));
        }
    }
    Ok(())
}

/// Weights that make one number of results: `Σ w r + ½ u r²` over their finite elements.
pub(super) struct Loss {
    terms: Vec<Option<(Array, Array, Option<Array>)>>,
}

impl Loss {
    pub(super) fn new(results: &[Array]) -> Self {
        let terms = results.iter().enumerate().map(|(k, r)| {
            r.dtype().is_float().then(|| {
                let finite: Vec<bool> =
                    Host::of(r).floats().iter().map(|v| v.is_finite()).collect();
                let mask = (!finite.iter().all(|&f| f))
                    .then(|| Array::from_vec(finite, r.shape().clone()));
                let seed = 41 + 2 * k as u64;
                (noise_like(r, seed), noise_like(r, seed + 1), mask)
            })
        });
        Self {
            terms: terms.collect(),
        }
    }

    /// Whether there is anything to differentiate.
    pub(super) fn is_empty(&self) -> bool {
        self.terms.iter().all(Option::is_none)
    }

    pub(super) fn of(&self, results: &[Array]) -> Array {
        let mut total = Array::zeros((), DType::F64);
        for (term, r) in self.terms.iter().zip(results) {
            let Some((w, u, mask)) = term else { continue };
            let r = match mask {
                Some(mask) => select(mask, r, 0.0),
                None => r.clone(),
            };
            let sum = (w * &r + 0.5 * (u * &r * &r)).sum(..);
            total = total + sum.astype(DType::F64);
        }
        total
    }
}

/// Forward over reverse mode against differences of reverse mode.
pub(super) fn second(pair: &Pair<'_>) -> Result<(), String> {
    let loss = Loss::new(&pair.expected(&[], &[]));
    if loss.is_empty() {
        return Ok(());
    }
    for moving in selections(&doubles(pair)) {
        let at = pair.arrays(&moving);
        let given = directions(pair, &moving, 51);
        let gradient = grad(|x: &Vec<Array>| loss.of(&pair.call(&moving, x)));
        let expected = grad(|x: &Vec<Array>| loss.of(&pair.expected(&moving, x)));
        let (first, tangents) = jvp(
            |x: &Vec<Array>| gradient(x),
            (at.clone(),),
            (given.clone(),),
        );
        compare("gradient", &first, &expected(&at), 1e-12)?;
        let slopes = difference(&|x| expected(&x.to_vec()), &at, &given);
        let rough = tolerance(&pair.expected(&[], &[]));
        compare(
            &format!("second derivative in operands {moving:?}"),
            &tangents,
            &slopes,
            10.0 * rough,
        )?;
    }
    Ok(())
}
