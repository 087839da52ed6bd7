//! Keys under `vmap`: the same numbers as one by one.

use graxe_core::random::Key;
use graxe_core::{Array, BatchAxes, DType, arange, stack, vmap, vmap_with};

fn fold_in(key: &Array, data: &Array) -> Array {
    let key = Key::from_array(key.clone());
    key.fold_in_array(data).data().clone()
}

fn rows(keys: impl Iterator<Item = Array>) -> Array {
    let rows: Vec<Array> = keys.collect();
    stack(&rows.iter().collect::<Vec<_>>(), 0)
}

#[test]
fn fold_in_takes_a_batch_of_data() {
    let key = Key::new(7);
    let folded = vmap_with(fold_in, BatchAxes::inputs([None, Some(0)]));
    let got = folded(key.data(), &arange(5));
    let want = rows((0..5).map(|i| key.fold_in(i).data().clone()));
    assert_eq!(got.to_vec::<u32>(), want.to_vec::<u32>());
}

#[test]
fn fold_in_takes_a_batch_of_keys_and_of_data() {
    let keys = Key::new(7).split_n(3);
    let stacked = rows(keys.iter().map(|k| k.data().clone()));
    let got = vmap(fold_in)(&stacked, &arange(3));
    let want = rows((0..).zip(&keys).map(|(i, k)| k.fold_in(i).data().clone()));
    assert_eq!(got.dtype(), DType::U32);
    assert_eq!(got.to_vec::<u32>(), want.to_vec::<u32>());
}
