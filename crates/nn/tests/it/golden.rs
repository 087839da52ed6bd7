//! Golden cases as arrays.

use graxe_core::Array;
use graxe_testkit::golden::{Case, Data, Tensor, Tolerance, compare, folder, read};

/// The cases of a file whose name passes.
pub(crate) fn cases(file: &str, wanted: impl Fn(&str) -> bool) -> Vec<Case> {
    let mut cases = read(&folder(), file).expect("the committed golden values can be read");
    cases.retain(|c| wanted(&c.name));
    assert!(!cases.is_empty(), "{file} has none of the wanted cases");
    cases
}

pub(crate) fn to_array(tensor: &Tensor) -> Array {
    match &tensor.data {
        Data::F32(v) => Array::from_vec(v.clone(), &tensor.shape),
        Data::F64(v) => Array::from_vec(v.clone(), &tensor.shape),
        Data::U64(v) => Array::from_vec(v.iter().map(|&x| x as u32).collect(), &tensor.shape),
        other => panic!("no case of these tests has {other:?}"),
    }
}

pub(crate) fn number(case: &Case, name: &str) -> f64 {
    let value = case.params.get(name).and_then(serde_json::Value::as_f64);
    value.unwrap_or_else(|| panic!("{} has no number {name}", case.name))
}

pub(crate) fn check(case: &Case, name: &str, got: &Array, want: &Tensor, tolerance: &Tolerance) {
    let data = match &want.data {
        Data::F64(_) => Data::F64(got.to_vec()),
        _ => Data::F32(got.to_vec()),
    };
    let got = Tensor {
        shape: got.shape().to_vec(),
        dtype: want.dtype.clone(),
        data,
    };
    if let Err(message) = compare(&got, want, tolerance) {
        panic!("{} {name}: {message}", case.name);
    }
}
