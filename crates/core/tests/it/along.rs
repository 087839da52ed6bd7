//! Running folds, sorting and special functions: what the golden values leave open.

use graxe_core::{
    Array, Cumulative, DType, Sort, array, grad, jit, lexsort, scalar, sort, vmap, with_x64,
};

fn vector(data: &[f64]) -> Array {
    Array::from_vec(data.to_vec(), data.len())
}

#[test]
fn integers_keep_their_dtype_and_bools_are_counted() {
    let bools = array([true, false, true]);
    assert_eq!(bools.cumsum(0).to_vec::<i32>(), [1, 1, 2]);
    assert_eq!(bools.cumprod(0).to_vec::<i32>(), [1, 0, 0]);
    assert_eq!(with_x64(|| bools.cumsum(0).dtype()), DType::I64);
    let small = array([1u32, u32::MAX, 3]);
    assert_eq!(small.cumsum(0).to_vec::<u32>(), [1, 0, 3]);
    assert_eq!(array([1i32, 2]).cumlogsumexp(0).dtype(), DType::F32);
    let back = Cumulative::axis(..).reverse();
    let rows = array([[1i32, 2], [3, 4]]);
    assert_eq!(rows.cumsum_with(back).to_vec::<i32>(), [10, 9, 7, 4]);
    assert_eq!(
        Array::zeros([0, 2], DType::F32).cummax(0).shape()[..],
        [0, 2]
    );
}

#[test]
fn equal_partial_extremes_share_the_slope_as_the_tree_has_them() {
    // JAX: the third element meets the shared maximum of the first two, the fourth the third.
    let x = vector(&[3.0, 3.0, 3.0, 3.0]);
    let slope = |weights: [f64; 4], reverse: bool| {
        let weights = vector(&weights);
        let how = || {
            let along = Cumulative::axis(0);
            if reverse { along.reverse() } else { along }
        };
        let f = |x: &Array| (x.cummax_with(how()) * &weights).sum(..);
        grad(f)(&x).to_vec::<f64>()
    };
    assert_eq!(slope([0.0, 0.0, 1.0, 0.0], false), [0.25, 0.25, 0.5, 0.0]);
    assert_eq!(slope([0.0, 0.0, 0.0, 1.0], false), [0.25; 4]);
    assert_eq!(slope([0.0, 1.0, 0.0, 0.0], true), [0.0, 0.5, 0.25, 0.25]);
}

#[test]
fn running_products_have_slopes_at_zeros_of_both_orders() {
    let x = vector(&[2.0, 0.0, 0.0, 3.0]);
    let last = |x: &Array| x.cumprod(0).index(-1);
    assert_eq!(grad(last)(&x).to_vec::<f64>(), [0.0; 4]);
    let mixed = |x: &Array| grad(last)(x).index(1);
    assert_eq!(grad(mixed)(&x).to_vec::<f64>(), [0.0, 0.0, 6.0, 0.0]);
}

#[test]
fn compiled_sorting_needs_no_result_but_the_one_that_is_read() {
    let x = array([3.0f32, f32::NAN, -1.0, 3.0, 0.0]);
    let descending = jit(|x: &Array| x.argsort_with(Sort::axis(0).descending()));
    assert_eq!(descending(&x).to_vec::<i32>(), [1, 0, 3, 4, 2]);
    let places = jit(|x: &Array| (x + 0).argsort(0) * 1);
    assert_eq!(places(&x).to_vec::<i32>(), [2, 4, 0, 3, 1]);
    let slopes = jit(grad(|x: &Array| (x.top_k(2).0 * array([1.0, 5.0])).sum(..)));
    assert_eq!(slopes(&x).to_vec::<f32>(), [5.0, 1.0, 0.0, 0.0, 0.0]);
}

#[test]
fn several_keys_and_every_dtype_sort_together() {
    let (a, b) = (array([true, false, true]), array([2u32, 9, 1]));
    let sorted = sort(&[&a, &b], 0, 2);
    assert_eq!(sorted[0].to_vec::<bool>(), [false, true, true]);
    assert_eq!(sorted[1].to_vec::<u32>(), [9, 1, 2]);
    assert_eq!(lexsort(&[&b, &a], 0).to_vec::<i32>(), [1, 2, 0]);
    let (values, places) = array([[1i32, 7, 7], [4, 4, 0]]).top_k(0);
    assert_eq!((values.size(), places.dtype()), (0, DType::I32));
}

#[test]
fn quantiles_fold_any_axes_and_keep_nan() {
    let x = Array::from_vec((0..12).map(f64::from).collect(), [2, 3, 2]);
    assert_eq!(x.median([0, 2]).to_vec::<f64>(), [3.5, 5.5, 7.5]);
    assert_eq!(x.median(..).item::<f64>(), 5.5);
    assert_eq!(x.quantile(1.0, -1).shape()[..], [2, 3]);
    assert_eq!(x.percentile(0.0, ..).item::<f64>(), 0.0);
    let holes = array([[1.0f32, f32::NAN], [1.0, 2.0]]);
    let medians = vmap(|x: &Array| x.median(..))(&holes).to_vec::<f32>();
    assert!(medians[0].is_nan() && medians[1] == 1.5);
    assert!(
        Array::zeros([0], DType::F32)
            .median(0)
            .item::<f32>()
            .is_nan()
    );
    assert_eq!(array([1i32, 2]).median(0).item::<f32>(), 1.5);
}

#[test]
fn products_with_logarithms_are_products_in_their_slopes() {
    let (zero, y) = (&scalar(0.0), &scalar(2.0));
    let slopes = graxe_core::grad_at(
        |x: &Array, y: &Array| x.xlogy(y),
        (graxe_core::Arg0, graxe_core::Arg1),
    );
    assert_eq!(zero.xlogy(zero).item::<f32>(), 0.0);
    let (dx, dy) = slopes(zero, y);
    assert_eq!((dx.item::<f32>(), dy.item::<f32>()), (2f32.ln(), 0.0));
    assert_eq!(zero.xlog1py(-1).item::<f32>(), 0.0);
    let slope = grad(|x: &Array| x.xlog1py(3.0))(zero).item::<f32>();
    assert_eq!(slope, 4f32.ln());
    assert!(scalar(f32::NAN).xlogy(0.0).item::<f32>().is_nan());
}

#[test]
fn sinc_and_logit_are_whole_at_their_edges() {
    let x = Array::full((), 0.0, DType::F64);
    // Numbers in functions are as precise as f64 in this scope only.
    let second = with_x64(|| grad(grad(Array::sinc))(&x).item::<f64>());
    assert!((second + std::f64::consts::PI.powi(2) / 3.0).abs() < 1e-12);
    assert_eq!(grad(Array::sinc)(&x).item::<f64>(), 0.0);
    let far = grad(Array::sinc)(&Array::full((), 1e30, DType::F64));
    assert!(far.item::<f64>().is_finite());
    for edge in [0.0, 1.0] {
        let x = Array::full((), edge, DType::F64);
        assert_eq!(grad(Array::logit)(&x).item::<f64>(), f64::INFINITY);
        assert_eq!(x.logit().item::<f64>(), (2.0 * edge - 1.0) * f64::INFINITY);
    }
}

#[test]
fn derivatives_of_the_gamma_function_follow_each_other() {
    let x = vector(&[0.3, 2.5, -1.4]);
    let third = vmap(grad(grad(grad(Array::lgamma))))(&x).to_vec::<f64>();
    assert_eq!(third, x.polygamma(2).to_vec::<f64>());
    assert_eq!(x.polygamma(0).to_vec::<f64>(), x.digamma().to_vec::<f64>());
    assert_eq!(array([1i32, 5]).lgamma().dtype(), DType::F32);
}
