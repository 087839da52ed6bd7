//! Arrays: promotion, indexing, display, memory.

use graxe_core::{Array, DType, ELLIPSIS, NEW_AXIS, array, scalar, select, step, with_x64};

#[test]
fn numbers_are_weak_and_yield_to_arrays() {
    let x = array([1i32, 2]);
    assert_eq!((&x + 1).dtype(), DType::I32);
    let y = &x * 2.5;
    assert_eq!((y.dtype(), y.is_weak()), (DType::F32, true));
    assert_eq!((Array::from_vec(vec![1.0f64], 1) * 2.5).dtype(), DType::F64);
    assert_eq!(scalar(1.0).dtype(), DType::F32);
    assert_eq!(with_x64(|| scalar(1.0).dtype()), DType::F64);
    assert_eq!((&x / 2).to_vec::<f32>(), [0.5, 1.0]);
}

#[test]
fn every_mix_of_references_and_numbers_has_its_operators() {
    let (a, b) = (array([1.0, 2.0]), array([3.0, 4.0]));
    let sums = [
        &a + &b,
        &a + b.clone(),
        a.clone() + &b,
        a.clone() + b.clone(),
    ];
    assert!(sums.iter().all(|s| s.to_vec::<f32>() == [4.0, 6.0]));
    assert_eq!((1 - &a).to_vec::<f32>(), [0.0, -1.0]);
    assert_eq!((1.0 / &b * 12.0).to_vec::<f32>(), [4.0, 3.0]);
    assert_eq!((-&a).to_vec::<f32>(), [-1.0, -2.0]);
    assert_eq!((array([7i32, -7]) % 3).to_vec::<i32>(), [1, 2]);
}

#[test]
fn indices_follow_numpy_and_outside_is_clamped() {
    let x = array([[1i32, 2, 3], [4, 5, 6]]);
    assert_eq!(x.index(1).to_vec::<i32>(), [4, 5, 6]);
    assert_eq!(x.index((.., 1)).to_vec::<i32>(), [2, 5]);
    assert_eq!(
        x.index((ELLIPSIS, step(.., -1))).to_vec::<i32>(),
        [3, 2, 1, 6, 5, 4]
    );
    assert_eq!(x.index((0, NEW_AXIS, ..)).shape()[..], [1, 3]);
    assert_eq!(
        x.index(array([5i32, -1])).to_vec::<i32>(),
        [4, 5, 6, 4, 5, 6]
    );
    let updated = x.at((.., array([0i32, 9]))).add(10);
    assert_eq!(updated.to_vec::<i32>(), [11, 2, 3, 14, 5, 6]);
    assert_eq!(
        x.to_vec::<i32>(),
        [1, 2, 3, 4, 5, 6],
        "the array itself stays"
    );
}

#[test]
fn empty_arrays_work() {
    let x = Array::zeros([0, 3], DType::F32);
    assert_eq!(x.sum(0).to_vec::<f32>(), [0.0; 3]);
    assert_eq!((&x + 1).shape()[..], [0, 3]);
    assert_eq!(
        x.matmul(&Array::ones([3, 2], DType::F32)).shape()[..],
        [0, 2]
    );
    assert_eq!(x.t().matmul(&x).to_vec::<f32>(), [0.0; 9]);
}

#[test]
fn a_choice_computes_both_values() {
    let x = array([4.0, -1.0]);
    assert_eq!(
        select(&x.greater(0), x.sqrt(), 0).to_vec::<f32>(),
        [2.0, 0.0]
    );
}

#[test]
fn long_arrays_print_short() {
    assert_eq!(
        array([[1.0, 2.5], [3.0, 4.0]]).to_string(),
        "[[1.0, 2.5],\n [3.0, 4.0]]"
    );
    assert_eq!(
        graxe_core::arange(1000).to_string(),
        "[0, 1, 2, ..., 997, 998, 999]"
    );
}
