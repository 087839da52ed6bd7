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
    let beyond = 1 << 33;
    assert!(Pattern::new(beyond, vec![0, 1], vec![0]).is_err());
    assert!(Pattern::from_coordinates(beyond, 1, &[0], &[0]).is_err());
    assert!(Pattern::from_coordinates(1, beyond, &[0], &[0]).is_err());
}

#[test]
fn products_promote() {
    let a = example();
    let x = uniform(&Key::new(1), [3, 5], DType::F32);
    let wide = a.matmul(&x.astype(DType::F64));
    assert_eq!(wide.dtype(), DType::F64);
    close(&wide.astype(DType::F32), &a.matmul(&x));
    let counts = array([[1i32], [2], [3], [4]]);
    assert_eq!(
        a.transpose_matmul(&counts).to_vec::<f32>(),
        [11.0, 14.0, 26.0]
    );
    let ones = a.with_values(array([1i32; 6]));
    assert_eq!(
        ones.matmul(&array([1i32, 2, 3])).to_vec::<f32>(),
        [4.0, 5.0, 0.0, 3.0]
    );
    let scores = sparse::sddmm(&a.pattern, &counts, &array([[1.0], [10.0], [100.0]]));
    assert_eq!(scores.to_vec::<f32>(), [1.0, 100.0, 20.0, 20.0, 2.0, 400.0]);
}

#[test]
fn a_wide_matrix_becomes_dense_without_an_identity() {
    let cols = 1_000_000;
    let pattern = Pattern::new(cols, vec![0, 3], vec![5, 999_999, 5]);
    let pattern = pattern.unwrap_or_else(|e| panic!("{e}"));
    let values = array([1.0, 2.0, 3.0]);
    let a = Csr::new(pattern, values.clone());
    let dense = |a: &Csr| a.to_dense();
    for dense in [a.to_dense(), jit(dense)(&a)] {
        assert_eq!(dense.shape()[..], [1, cols]);
        assert_eq!(
            dense.index((0, array([4i32, 5, 999_999]))).to_vec::<f32>(),
            [0.0, 4.0, 2.0]
        );
    }
    let loss = |v: &Array| a.with_values(v.clone()).to_dense().square().sum(..);
    let slope = grad_at(loss, Arg0)(&values);
    assert_eq!(slope.to_vec::<f32>(), [8.0, 4.0, 8.0]);
    let square = example();
    close(&jit(dense)(&square), &square.to_dense());
    let whole = square.with_values(array([1i32; 6]));
    assert_eq!(
        jit(dense)(&whole).to_vec::<i32>(),
        whole.to_dense().to_vec::<i32>()
    );
}

#[test]
fn a_batch_of_scores_with_heads_is_that_of_each() {
    let a = example();
    let x = uniform(&Key::new(4), [2, 4, 3, 5], DType::F32);
    let y = uniform(&Key::new(5), [3, 2, 3, 5], DType::F32);
    let scores = |x: &Array, y: &Array| sparse::sddmm(&a.pattern, x, y);
    let all = vmap_with(scores, BatchAxes::inputs([0, 1]))(&x, &y);
    close(&all.index(1), &scores(&x.index(1), &y.index((.., 1))));
}
