//! Every variant of every family against its rules.

use std::fs;
use std::path::Path;

use graxe_core::ops::{
    Binary, Bounds, Combine, Cumulative, CumulativeFold, Fold, GatherDims, Primitive, Reduce,
    Scatter, SegmentFold, SegmentReduce, Side,
};
use graxe_core::{Array, Csr, DType, Pattern, Value, sparse};
use graxe_testkit::{ELSEWHERE, FAMILIES, catalogue, check_pair, check_primitive, family};

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
    cumulative Cumulative,
    sort Sort,
    dot Dot,
    gather Gather,
    scatter Scatter,
    spmm Spmm,
    sddmm Sddmm,
    edge_gather EdgeGather,
    segment_reduce SegmentReduce,
    threefry Threefry,
    stop_gradient StopGradient,
    barrier Barrier,
    call Call,
    checkpoint Checkpoint,
    custom_jvp CustomJvp,
    custom_vjp CustomVjp,
    cond Cond,
    while_loop While,
    scan Scan,
);

#[test]
fn every_family_has_a_test() {
    assert_eq!(TESTED, FAMILIES);
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for (name, file) in ELSEWHERE {
        let text = fs::read_to_string(root.join(file)).unwrap_or_default();
        assert!(
            text.contains("#[test]"),
            "{file} should have the tests of {name}"
        );
    }
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
        "grad of batch",
    ];
    assert_eq!(failed(Array::sin, Array::cos), all);
}

#[test]
fn a_missing_derivative_fails() {
    let still = |x: &Array| x.sin().stop_gradient();
    let found = failed(Array::sin, still);
    assert_eq!(
        found,
        [
            "jvp",
            "transpose",
            "second derivative",
            "batch of grad",
            "grad of batch"
        ]
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

/// The tangent of the only result along `tangents`; patterns and indices have none.
fn tangent(op: impl Into<Primitive>, inputs: &[Value], tangents: &[Option<&[f64]>]) -> Vec<f64> {
    let like = inputs.iter().zip(tangents).map(|(v, t)| match (v, t) {
        (Value::Array(a), Some(t)) => Some(Array::from_vec(t.to_vec(), a.shape().clone())),
        _ => None,
    });
    let (results, tangents) = op.into().rules().jvp(inputs, &like.collect::<Vec<_>>());
    assert_eq!(results.len(), 1);
    tangents[0].as_ref().unwrap().to_vec()
}

fn vector(data: &[f64]) -> Value {
    Array::from_vec(data.to_vec(), data.len()).into()
}

/// Writes single elements of a vector.
fn write(combine: Combine) -> Scatter {
    let dims = GatherDims {
        collapsed: vec![0],
        start_index_map: vec![0],
        ..GatherDims::default()
    };
    Scatter {
        dims,
        slice_sizes: vec![1],
        bounds: Bounds::Fill,
        combine,
    }
}

#[test]
fn equal_extremes_share_the_slope() {
    let (x, y) = (vector(&[1.0, 2.0, 5.0]), vector(&[1.0, 3.0, 4.0]));
    let slopes = [Some(&[8.0, 8.0, 8.0][..]), Some(&[2.0, 2.0, 2.0])];
    let both = [x, y];
    assert_eq!(tangent(Binary::Max, &both, &slopes), [5.0, 2.0, 8.0]);
    assert_eq!(tangent(Binary::Min, &both, &slopes), [5.0, 8.0, 2.0]);

    let x = vector(&[3.0, 1.0, 3.0, 3.0]);
    let slopes = Some(&[1.0, 20.0, 4.0, 7.0][..]);
    let largest = Reduce {
        fold: Fold::Max,
        axes: vec![0],
    };
    assert_eq!(tangent(largest, std::slice::from_ref(&x), &[slopes]), [4.0]);

    // The second row has no entry: no slope either.
    let pattern = Pattern::new(1, vec![0, 3, 3, 4], vec![0; 4]).unwrap();
    let segments = SegmentReduce {
        fold: SegmentFold::Max,
        side: Side::Row,
    };
    let operands = [Value::from(pattern), x];
    assert_eq!(
        tangent(segments, &operands, &[None, slopes]),
        [2.5, 0.0, 7.0]
    );

    let index = Value::from(Array::from_vec(vec![0, 0, 1], [3, 1]));
    let operands = [vector(&[2.0, 9.0]), index, vector(&[2.0, 2.0, 1.0])];
    let slopes = [Some(&[3.0, 5.0][..]), None, Some(&[6.0, 9.0, 1.0])];
    assert_eq!(tangent(write(Combine::Max), &operands, &slopes), [6.0, 5.0]);
}

#[test]
fn running_extremes_share_the_slope_by_the_tree() {
    let x = vector(&[3.0; 4]);
    let slopes = Some(&[8.0, 4.0, 2.0, 1.0][..]);
    for fold in [CumulativeFold::Max, CumulativeFold::Min] {
        let op = |reverse| Cumulative {
            fold,
            axis: 0,
            reverse,
        };
        let along = |reverse| tangent(op(reverse), std::slice::from_ref(&x), &[slopes]);
        // Two by two, then the third alone, and the two pairs.
        assert_eq!(along(false), [8.0, 6.0, 4.0, 3.75]);
        assert_eq!(along(true), [3.75, 2.75, 1.5, 1.0]);
    }
}

#[test]
fn scattered_products_have_slopes_at_zeros() {
    let index = Value::from(Array::from_vec(vec![0, 0, 1], [3, 1]));
    let slopes = [None, None, Some(&[1.0, 10.0, 100.0][..])];
    let at = |updates: [f64; 3]| {
        let operands = [vector(&[2.0, 3.0]), index.clone(), vector(&updates)];
        tangent(write(Combine::Mul), &operands, &slopes)
    };
    assert_eq!(at([7.0, 5.0, 4.0]), [2.0 * (5.0 + 70.0), 300.0]);
    assert_eq!(at([0.0, 5.0, 4.0]), [2.0 * 5.0, 300.0]);
    assert_eq!(at([0.0, 0.0, 0.0]), [0.0, 300.0]);
}
