//! Arrays: promotion, indexing, display, memory.

use graxe_core::random::{Key, bits, randint};
use graxe_core::{
    Array, DType, ELLIPSIS, NEW_AXIS, arange_from, array, jit, scalar, select, step, with_x64,
};

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
fn updates_are_computed_in_the_common_dtype() {
    let x = array([4i32, 10, -3]);
    assert_eq!(x.at(0).divide(2).to_vec::<f32>(), [2.0, 10.0, -3.0]);
    assert_eq!(
        x.at(array([1i32, 1])).divide(2).to_vec::<f32>(),
        [4.0, 2.5, -3.0],
        "a place named twice is divided twice"
    );
    assert_eq!(x.at(1).multiply(0.5).to_vec::<i32>(), [4, 5, -3]);
    assert_eq!(x.at(0).add(2.75).to_vec::<i32>(), [6, 10, -3]);
    assert_eq!(x.at(2).set(1.5).to_vec::<i32>(), [4, 10, 1]);
    let unsigned = Array::from_vec(vec![2u32], ());
    let floats = array([1.0, 5.0]);
    assert_eq!(floats.at(1).subtract(&unsigned).to_vec::<f32>(), [1.0, 3.0]);
    assert_eq!(x.at(2).max(&unsigned).to_vec::<i32>(), [4, 10, 2]);
    assert_eq!(x.at(0).multiply(0.5).dtype(), DType::I32);
}

#[test]
fn a_bound_past_the_last_value_draws_it_too() {
    let key = Key::new(3);
    // Over the whole range the remainders leave the second key's bits as they are.
    let [_, second] = key.split();
    let all = randint(&key, 16, i64::from(i32::MIN), 1 << 31, DType::I32);
    let raw = bits(&second, 16, DType::U32).bitcast(DType::I32);
    let shifted = &raw + Array::from_vec(vec![i32::MIN], ());
    assert_eq!(all.to_vec::<i32>(), shifted.to_vec::<i32>());
    let last = i64::from(i32::MAX);
    let ends = randint(&key, 64, last - 1, i64::MAX, DType::I32).to_vec::<i32>();
    assert!(ends.contains(&i32::MAX) && ends.contains(&(i32::MAX - 1)));
    let below = randint(&key, 64, last - 1, last, DType::I32).to_vec::<i32>();
    assert!(below.iter().all(|&v| v == i32::MAX - 1));
}

#[test]
fn numbers_that_do_not_fit_are_refused() {
    assert_eq!(
        scalar(i64::from(i32::MIN)).item::<i64>(),
        i64::from(i32::MIN)
    );
    assert_eq!(
        with_x64(|| scalar(3_000_000_000u32)).item::<i64>(),
        3_000_000_000
    );
    let full = Array::full(2, 3_000_000_000u32, DType::U32);
    assert_eq!(full.to_vec::<u32>(), [3_000_000_000; 2]);
    let refused = jit(|x: &Array| x + scalar(3_000_000_000u32)).try_call(|f| f(&array([1i32])));
    let message = refused.err().map(|e| e.to_string()).unwrap_or_default();
    assert!(
        message.starts_with("scalar: 3000000000 does not fit"),
        "{message}"
    );
    assert!(message.contains("arrays.rs"), "{message}");
}

/// A function that misuses its argument.
type Misused = fn(&Array) -> Array;

#[test]
fn misuse_of_data_is_reported_by_a_try() {
    let tried = |f: Misused| {
        let refused = jit(f).try_call(|f| f(&array([1.0, 2.0])));
        refused.err().map(|e| e.to_string()).unwrap_or_default()
    };
    let cases: [(Misused, &str); 6] = [
        (|_| array(vec![vec![1.0], vec![]]), "array: nested rows"),
        (|_| Array::from_vec(vec![1.0f32], 2), "array: 1 elements"),
        (|_| scalar(array([1.0, 2.0]).item::<f32>()), "item: "),
        (
            |x| scalar(x.sum(..).item::<f32>()),
            "the elements of a traced",
        ),
        (|_| arange_from(0, 3, 0), "arange: the step"),
        (|x| x.tensordot(x, &[0, 0], &[0, 0]), "dot_general: an axis"),
    ];
    for (f, start) in cases {
        let message = tried(f);
        assert!(message.starts_with(start), "{message}");
    }
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
