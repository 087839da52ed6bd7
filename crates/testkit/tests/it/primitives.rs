//! Every variant of every family against its rules.

use graxe_core::{Array, Csr, DType, Pattern, Value, sparse};
use graxe_testkit::{FAMILIES, catalogue, check_pair, check_primitive, family};

/// Checks all cases of one family and fails with a line for each check that does not hold.
fn check(name: &str) {
    let cases = catalogue();
    let own = cases.into_iter().filter(|(p, _)| family(p) == name);
    let failures: Vec<String> = own
        .filter_map(|(p, inputs)| check_primitive(&p, inputs).err())
        .collect();
    assert!(
        failures.is_empty(),
        "{} cases of {name} fail:\n{}",
        failures.len(),
        failures.join("\n")
    );
}

macro_rules! families {
    ($($test:ident $family:ident),* $(,)?) => {
        const TESTED: &[&str] = &[$(stringify!($family)),*];

        $(#[test]
        fn $test() {
            check(stringify!($family));
        })*
    };
}

families!(
    unary Unary,
    binary Binary,
    select Select,
    convert Convert,
    broadcast Broadcast,
    reshape Reshape,
    transpose Transpose,
    slice Slice,
    pad Pad,
    concatenate Concatenate,
    iota Iota,
    reduce Reduce,
    arg_reduce ArgReduce,
    dot Dot,
    gather Gather,
    scatter Scatter,
    spmm Spmm,
    sddmm Sddmm,
    edge_gather EdgeGather,
    segment_reduce SegmentReduce,
    threefry Threefry,
    stop_gradient StopGradient,
    call Call,
);

#[test]
fn every_family_has_a_test() {
    assert_eq!(TESTED, FAMILIES);
}

fn on_array(f: impl Fn(&Array) -> Array) -> impl Fn(Vec<Value>) -> Vec<Value> {
    move |inputs| match inputs.as_slice() {
        [Value::Array(x)] => vec![f(x).into()],
        _ => unreachable!("one array is given"),
    }
}

fn points() -> Vec<Value> {
    vec![Array::from_vec(vec![0.3, -0.7, 1.1, 0.9, -1.3, 0.2], [2, 3]).into()]
}

/// The checks that `subject` fails against `reference`, by the beginnings of their lines.
fn failed(
    reference: impl Fn(&Array) -> Array + Send + Sync,
    subject: impl Fn(&Array) -> Array + Send + Sync,
) -> Vec<String> {
    let checked = check_pair("pair", &on_array(reference), &on_array(subject), points());
    let text = checked.err().unwrap_or_default();
    text.lines()
        .filter_map(|line| line.split("]: ").nth(1))
        .filter_map(|line| line.split(':').next().map(str::to_owned))
        .collect()
}

#[test]
fn equal_functions_pass() {
    assert_eq!(failed(Array::sin, Array::sin), Vec::<String>::new());
    let twice = |x: &Array| x.sin() + x.sin();
    assert_eq!(failed(|x| 2.0 * x.sin(), twice), Vec::<String>::new());
}

#[test]
fn other_values_fail_every_check() {
    let all = [
        "jit",
        "batch",
        "batch of batch",
        "jvp",
        "transpose",
        "second derivative",
        "batch of grad",
    ];
    assert_eq!(failed(Array::sin, Array::cos), all);
}

#[test]
fn a_missing_derivative_fails() {
    let still = |x: &Array| x.sin().stop_gradient();
    let found = failed(Array::sin, still);
    assert_eq!(
        found,
        ["jvp", "transpose", "second derivative", "batch of grad"]
    );
}

#[test]
fn a_wrong_second_derivative_fails() {
    // Equal in value and slope; the slope itself is held still.
    let bent = |x: &Array| {
        let slope = x.cos().stop_gradient();
        x.sin().stop_gradient() + slope * (x - x.stop_gradient())
    };
    let found = failed(Array::sin, bent);
    assert_eq!(found, ["second derivative"]);
}

#[test]
fn sparse_composites_are_checked_too() {
    let pattern = Pattern::new(3, vec![0, 2, 2, 3], vec![2, 0, 1]).unwrap();
    let values = Array::from_vec(vec![0.5f64, -1.0, 2.0], 3);
    let x = Array::from_vec(vec![1.0f64, 2.0, -0.5, 0.3, 0.7, 1.1], [3, 2]);
    let dense = Array::from_vec(vec![-1.0, 0.0, 0.5, 0.0, 0.0, 0.0, 0.0, 2.0, 0.0], [3, 3]);
    assert_eq!(dense.dtype(), DType::F64);
    let matrix = Csr::new(pattern, values);
    let product = on_array(move |x| sparse::spmm(&matrix, x));
    let reference = on_array(move |x| dense.matmul(x));
    assert_eq!(
        check_pair("spmm", &reference, &product, vec![x.into()]),
        Ok(())
    );
}
