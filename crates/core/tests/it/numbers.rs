//! Arrays to test with, and comparisons of them.

use graxe_core::{Array, DType, Tree, Value, tree};

/// Doubles between -1.5 and 1.5, others for another salt.
pub(crate) fn doubles<const R: usize>(shape: [usize; R], salt: usize) -> Array {
    let count = shape.iter().product::<usize>();
    let data = (0..count).map(|i| ((i * 37 + salt * 23 + 11) % 101) as f64 * 0.03 - 1.5);
    Array::from_vec(data.collect::<Vec<f64>>(), shape)
}

/// The arrays of a tree.
pub(crate) fn arrays(tree: &impl Tree) -> Vec<Array> {
    let leaves = tree::leaves(tree).into_iter();
    leaves
        .filter_map(|leaf| match leaf {
            Value::Array(x) => Some(x),
            Value::Pattern(_) => None,
        })
        .collect()
}

/// Dtypes, shapes and elements, floats by their bits.
pub(crate) fn bits(tree: &impl Tree) -> Vec<(DType, Vec<usize>, Vec<u64>)> {
    let of = |x: &Array| {
        let bits = match x.dtype() {
            DType::F32 => {
                let all = x.as_slice::<f32>().iter();
                all.map(|v| v.to_bits().into()).collect()
            }
            DType::F64 => x.as_slice::<f64>().iter().map(|v| v.to_bits()).collect(),
            _ => {
                let all = x.astype(DType::I64);
                all.as_slice::<i64>().iter().map(|v| *v as u64).collect()
            }
        };
        (x.dtype(), x.shape().to_vec(), bits)
    };
    arrays(tree).iter().map(of).collect()
}

/// Asserts that doubles are the same within `tolerance`.
#[track_caller]
pub(crate) fn assert_close(found: &impl Tree, wanted: &impl Tree, tolerance: f64) {
    let (found, wanted) = (arrays(found), arrays(wanted));
    assert_eq!(found.len(), wanted.len(), "as many arrays");
    for (f, w) in found.iter().zip(&wanted) {
        assert_eq!(f.shape(), w.shape());
        let pairs = f.as_slice::<f64>().iter().zip(w.as_slice::<f64>());
        for (i, (a, b)) in pairs.enumerate() {
            assert!(
                (a - b).abs() <= tolerance * b.abs().max(1.0),
                "{a} at {i}, expected {b}: {f} and {w}"
            );
        }
    }
}

/// The Jacobian of `f` in one of some arrays by central differences: `[out.., in..]`.
pub(crate) fn differences(f: impl Fn(&[Array]) -> Array, at: &[Array], argument: usize) -> Array {
    const STEP: f64 = 1e-5;
    let x = &at[argument];
    let moved = |i: usize, by: f64| {
        let mut data = x.to_vec::<f64>();
        data[i] += by;
        let mut all = at.to_vec();
        all[argument] = Array::from_vec(data, x.shape().clone());
        f(&all)
    };
    let columns: Vec<Array> = (0..x.size())
        .map(|i| (moved(i, STEP) - moved(i, -STEP)) / (2.0 * STEP))
        .collect();
    let shape = [&f(at).shape()[..], x.shape()].concat();
    let rows = graxe_core::stack(&columns.iter().collect::<Vec<_>>(), -1);
    Array::from_vec(rows.to_vec::<f64>(), &shape[..])
}
