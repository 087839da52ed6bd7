//! Jitted functions: when they trace, what they capture, what they reuse.

use std::sync::atomic::{AtomicUsize, Ordering};

use graxe_core::{Array, DType, Tree, array, grad, jit, make_program, scalar, with_x64};

#[test]
fn a_function_is_traced_once_for_each_kind_of_argument() {
    let runs = AtomicUsize::new(0);
    let f = jit(|x: &Array| {
        runs.fetch_add(1, Ordering::Relaxed);
        x * 2
    });
    f(&array([1.0, 2.0]));
    f(&array([3.0, 4.0]));
    assert_eq!(runs.load(Ordering::Relaxed), 1);
    f(&array([1.0, 2.0, 3.0]));
    f(&array([1i32, 2]));
    f(&scalar(1.0));
    f(&scalar(1.0).astype(DType::F32));
    assert_eq!(f.stats().traces, 5, "shape, dtype and weakness each count");
    with_x64(|| f(&array([1i32, 2])));
    assert_eq!((f.stats().traces, f.stats().calls), (6, 7));
}

#[test]
fn static_fields_are_part_of_the_kind() {
    #[derive(Tree, Clone)]
    struct Scaled {
        x: Array,
        #[tree(static)]
        factor: f64,
        #[tree(static)]
        name: String,
    }
    let make = |factor: f64, name: &str| Scaled {
        x: scalar(2.0),
        factor,
        name: name.into(),
    };
    let f = jit(|s: &Scaled| &s.x * s.factor);
    assert_eq!(f(&make(3.0, "a")).item::<f32>(), 6.0);
    assert_eq!(f(&make(3.0, "a")).item::<f32>(), 6.0);
    assert_eq!(f.stats().traces, 1);
    assert_eq!(f(&make(4.0, "a")).item::<f32>(), 8.0);
    assert_eq!(f(&make(4.0, "b")).item::<f32>(), 8.0);
    assert_eq!(f.stats().traces, 3);
}

#[test]
fn captured_arrays_are_constants_and_hidden_inputs() {
    let weights = array([1.0, 2.0]);
    let program = make_program(|x: &Array| &weights * x)(&array([3.0, 4.0]));
    assert_eq!(
        program.to_string(),
        "{ lambda a:f32[2]; b:f32[2]. let\n    c:f32[2] = mul a b\n  in (c,) }"
    );
    let f = jit(|x: &Array| &weights * x);
    assert_eq!(f(&array([3.0, 4.0])).to_vec::<f32>(), [3.0, 8.0]);
}

fn shareable<T: Send + Sync>(_: &T) {}

#[test]
fn a_jitted_function_is_a_function_again() {
    let inner = jit(|x: &Array| x.exp());
    let outer = jit(|x: &Array| inner(x) + 1);
    let program = outer.lower(|f| f(&scalar(0.0)));
    assert_eq!(outer(&scalar(0.0)).item::<f32>(), 2.0);
    assert_eq!(jit(&outer)(&scalar(0.0)).item::<f32>(), 2.0);
    assert_eq!(
        program.to_string(),
        "{ lambda ; a:f32[]. let\n    b:f32[] = jit[jaxpr={ lambda ; a:f32[]. let\n          \
         b:f32[] = exp a\n        in (b,) }] a\n    c:f32[] = add b 1.0:f32[]\n  in (c,) }"
    );
    shareable(&outer);
}

#[test]
fn what_is_given_away_is_still_there_for_others() {
    let f = jit(|x: Array| x + 1);
    let x = array([1.0, 2.0]);
    let kept = x.clone();
    assert_eq!(f(x).to_vec::<f32>(), [2.0, 3.0]);
    assert_eq!(kept.to_vec::<f32>(), [1.0, 2.0]);
}

#[test]
fn misuse_is_an_error_where_it_is_asked_for() {
    let f = jit(|x: &Array, y: &Array| x + y);
    let error = f
        .try_call(|f| f(&array([1.0, 2.0]), &array([1.0, 2.0, 3.0])))
        .err();
    let message = error.map(|e| e.to_string()).unwrap_or_default();
    assert!(
        message.starts_with("add: shapes do not broadcast: f32[2] and f32[3]"),
        "{message}"
    );
    assert!(message.contains("jitted.rs"), "{message}");
    assert!(f.try_call(|f| f(&scalar(1.0), &scalar(2.0))).is_ok());
}

#[test]
fn a_failed_lowering_leaves_no_trace() {
    let f = jit(|x: &Array, y: &Array| x + y);
    let (x, y) = (array([1.0, 2.0]), array([1.0, 2.0, 3.0]));
    assert!(f.try_call(|_| f.lower(|f| f(&x, &y))).is_err());
    assert_eq!(f(&x, &x).to_vec::<f32>(), [2.0, 4.0]);
}

#[test]
fn constants_inside_a_jitted_function_of_a_trace_are_not_folded_into_it() {
    let g = jit(|x: &Array| x * x);
    let f = jit(move |y: &Array| y * g(&scalar(3.0)));
    assert_eq!(grad(|y: &Array| f(y))(&scalar(2.0)).item::<f32>(), 9.0);
    assert_eq!(f(&scalar(2.0)).item::<f32>(), 18.0);
}

#[test]
fn old_traces_are_forgotten() {
    let f = jit(|x: &Array| x + 1);
    for n in 0..300 {
        f(&Array::zeros(n, DType::F32));
    }
    assert_eq!(f.stats().traces, 300);
    f(&Array::zeros(299, DType::F32));
    assert_eq!(f.stats().traces, 300, "the newest is kept");
    f(&Array::zeros(0, DType::F32));
    assert_eq!(f.stats().traces, 301, "the oldest is not");
}
