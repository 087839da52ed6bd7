//! Jitted functions: when they trace, what they capture, what they reuse.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use graxe_core::{
    Array, BatchAxes, DType, ScanOptions, Tree, array, checkpoint, custom_jvp, custom_vjp, grad,
    jit, make_program, scalar, scan_with, vmap, vmap_with, with_x64,
};

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
fn derivatives_of_calls_at_weak_numbers_compile() {
    let f = |x: &Array| x.square().sin();
    let x = scalar(3.0);
    let wanted = grad(f)(&x).item::<f32>();
    assert_eq!(jit(grad(jit(f)))(&x).item::<f32>(), wanted);
    assert_eq!(jit(grad(checkpoint(f)))(&x).item::<f32>(), wanted);
    let second = grad(grad(f))(&x).item::<f32>();
    assert_eq!(jit(grad(grad(jit(f))))(&x).item::<f32>(), second);
    assert_eq!(jit(grad(jit(grad(jit(f)))))(&x).item::<f32>(), second);
    let own = custom_jvp(f, move |(x,), (t,)| (f(&x), (x.square()).cos() * 2 * x * t));
    let own = |x: &Array| own(x);
    let back = custom_vjp(
        f,
        move |(x,)| (f(&x), x),
        |x: Array, c: Array| (x.square().cos() * 2 * x * c,),
    );
    assert!((jit(grad(own))(&x).item::<f32>() - wanted).abs() < 1e-5);
    assert!((jit(grad(|x: &Array| back(x)))(&x).item::<f32>() - wanted).abs() < 1e-5);
    let step = |c: Array, (): ()| (jit(f)(&c), ());
    let loops = |x: &Array| scan_with(step, x.clone(), &(), ScanOptions::default().length(3)).0;
    let plain = |x: &Array| f(&f(&f(x)));
    let wanted = grad(plain)(&x).item::<f32>();
    assert!((jit(grad(loops))(&x).item::<f32>() - wanted).abs() < 1e-5);
}

#[test]
fn a_function_is_traced_again_for_another_tree_or_axis() {
    let f = jit(|x: &(Array, Option<Array>)| x.1.as_ref().map_or(x.0.clone(), |b| &x.0 + b));
    let x = array([1.0, 2.0]);
    f(&(x.clone(), None));
    f(&(x.clone(), Some(x.clone())));
    f(&(x.clone(), None));
    assert_eq!(f.stats().traces, 2);
    let lists = jit(|x: &Vec<Array>| x.iter().fold(Array::from(0.0), |sum, x| sum + x));
    for n in [1, 2, 1, 2, 3] {
        lists(&vec![x.clone(); n]);
    }
    assert_eq!(lists.stats().traces, 3);
    let named = jit(|m: &BTreeMap<String, Array>| m.values().fold(Array::from(0.0), |s, x| s + x));
    for key in ["a", "b", "a"] {
        named(&BTreeMap::from([(key.to_owned(), x.clone())]));
    }
    assert_eq!(named.stats().traces, 2, "keys count");
    // The named axes around, their sizes, and whether an argument differs over them.
    let g = jit(|x: &Array| x * 2);
    let over = |name: &str, x: &Array| {
        vmap_with(|x: &Array| g(x), BatchAxes::default().name(name))(x);
        g.stats().traces
    };
    let rows = Array::zeros([3, 2], DType::F32);
    assert_eq!(over("i", &rows), 1);
    assert_eq!(over("i", &rows), 1);
    assert_eq!(over("j", &rows), 2);
    assert_eq!(over("i", &Array::zeros([4, 2], DType::F32)), 3);
    vmap(|x: &Array| g(x))(&rows);
    assert_eq!(g.stats().traces, 4);
    g(&x);
    assert_eq!(g.stats().traces, 4, "without a name as outside");
    let shared = |x: &Array, y: &Array| g(x) + y;
    let axes = BatchAxes::inputs([None, Some(0)]).name("i");
    vmap_with(shared, axes)(&x, &rows);
    assert_eq!(
        g.stats().traces,
        5,
        "what is the same over the axis is another kind"
    );
}

#[test]
fn captures_and_values_do_not_count() {
    let runs = AtomicUsize::new(0);
    let f = jit(|x: &Array, n: &Array| {
        runs.fetch_add(1, Ordering::Relaxed);
        x * n
    });
    for i in 0..4 {
        f(&(array([1.0, 2.0]) * i), &Array::from_vec(vec![i], ()));
    }
    assert_eq!((f.stats().traces, runs.load(Ordering::Relaxed)), (1, 1));
    // Within derivatives and batches the function is traced once for its own kind of argument.
    let loss = jit(|x: &Array| x.square().sum(..));
    for _ in 0..3 {
        grad(&loss)(&array([1.0, 2.0]));
        grad(&loss)(&array([3.0, 2.0]));
        vmap(&loss)(&Array::ones([3, 2], DType::F32));
    }
    assert_eq!(loss.stats().traces, 1);
}

#[test]
fn jit_of_grad_of_jit_runs_and_traces_once() {
    let inner = jit(|x: &Array, w: &Array| (x.matmul(w)).tanh().square().sum(..));
    let gradient = jit(grad(&inner));
    let nested = jit(|x: &Array, w: &Array| gradient(x, w) + gradient(&(x * 2), w));
    let (x, w) = (array([0.5, -1.0]), array([[1.0, 2.0], [0.5, -0.5]]));
    let plain = grad(|x: &Array, w: &Array| (x.matmul(w)).tanh().square().sum(..));
    let wanted = plain(&x, &w) + plain(&(&x * 2), &w);
    for _ in 0..2 {
        assert_eq!(nested(&x, &w).to_vec::<f32>(), wanted.to_vec::<f32>());
    }
    assert_eq!(inner.stats().traces, 1);
    assert_eq!(gradient.stats().traces, 1);
    assert_eq!((nested.stats().traces, nested.stats().calls), (1, 2));
    assert_eq!(nested.stats().compilations, 1);
    let second = jit(grad(jit(|x: &Array| gradient(x, &w).sum(..))));
    let wanted = grad(|x: &Array| plain(x, &w).sum(..))(&x);
    assert_eq!(second(&x).to_vec::<f32>(), wanted.to_vec::<f32>());
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
