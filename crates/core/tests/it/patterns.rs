//! Sparse products against dense ones, through every transformation.

use graxe_core::random::{Key, uniform};
use graxe_core::{
    Arg0, Arg1, Array, BatchAxes, Csr, DType, Pattern, array, grad_at, jit, sparse, vmap_with,
};

fn example() -> Csr {
    // Row 2 is empty, row 1 names a column twice.
    let pattern = Pattern::new(3, vec![0, 2, 5, 5, 6], vec![0, 2, 1, 1, 0, 2]);
    let pattern = pattern.unwrap_or_else(|e| panic!("{e}"));
    Csr::new(pattern, array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]))
}

fn close(a: &Array, b: &Array) {
    assert_eq!(a.shape(), b.shape());
    for (x, y) in a.to_vec::<f32>().iter().zip(b.to_vec::<f32>()) {
        assert!((x - y).abs() < 1e-5, "{a} is not {b}");
    }
}

#[test]
fn products_agree_with_dense_ones() {
    let a = example();
    let dense = a.to_dense();
    assert_eq!(
        dense.to_vec::<f32>(),
        [1.0, 0.0, 2.0, 5.0, 7.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 6.0]
    );
    let x = uniform(&Key::new(1), [3, 5], DType::F32);
    close(&a.matmul(&x), &dense.matmul(&x));
    let y = uniform(&Key::new(2), [4, 5], DType::F32);
    close(&a.transpose_matmul(&y), &dense.t().matmul(&y));
    close(
        &a.matmul(&x.index((.., 0))),
        &dense.matmul(&x.index((.., 0))),
    );
}

#[test]
fn gradients_agree_with_dense_ones() {
    let a = example();
    let x = uniform(&Key::new(1), [3, 5], DType::F32);
    let sparse_loss = |a: &Csr, x: &Array| a.matmul(x).tanh().sum(..);
    let (da, dx) = grad_at(jit(sparse_loss), (Arg0, Arg1))(&a, &x);
    let dense_loss = |d: &Array, x: &Array| d.matmul(x).tanh().sum(..);
    let (dd, dense_dx) = grad_at(dense_loss, (Arg0, Arg1))(&a.to_dense(), &x);
    close(&dx, &dense_dx);
    assert!(da.pattern.same(&a.pattern));
    let places: Vec<f32> = a
        .pattern
        .row()
        .iter()
        .zip(a.pattern.col())
        .map(|(&r, &c)| dd.index((r as usize, c as usize)).item())
        .collect();
    close(&da.values, &Array::from_vec(places, 6));
}

#[test]
fn a_batch_is_folded_into_features_or_heads() {
    let a = example();
    let x = uniform(&Key::new(1), [2, 3, 5], DType::F32);
    let product = |a: &Csr, x: &Array| a.matmul(x);
    let shared = vmap_with(product, BatchAxes::inputs([None, Some(0)]))(&a, &x);
    close(&shared.index(1), &a.matmul(&x.index(1)));
    let values = uniform(&Key::new(3), [6, 2], DType::F32);
    let each = |v: &Array, x: &Array| example().with_values(v.clone()).matmul(x);
    let own = vmap_with(each, BatchAxes::inputs([1, 0]))(&values, &x);
    let second = example().with_values(values.index((.., 1)));
    close(&own.index(1), &second.matmul(&x.index(1)));
}

#[test]
fn softmax_over_rows_sums_to_one() {
    let a = example();
    let s = sparse::softmax_rows(&a.pattern, &a.values);
    assert_eq!(sparse::sum_rows(&a.pattern, &s).to_vec::<f32>()[2], 0.0);
    close(
        &sparse::sum_rows(&a.pattern, &s).index(..2),
        &array([1.0, 1.0]),
    );
}

#[test]
fn symmetry_is_seen() {
    let p = Pattern::from_coordinates(3, 3, &[0, 1, 1, 2], &[1, 0, 2, 1]);
    assert!(p.is_ok_and(|(p, _)| p.is_symmetric()));
    assert!(!example().pattern.is_symmetric());
    assert!(Pattern::new(2, vec![0, 1], vec![2]).is_err());
    assert!(Pattern::new(2, vec![0, 2], vec![1]).is_err());
}
