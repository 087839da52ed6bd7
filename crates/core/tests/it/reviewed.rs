//! Programs that once went wrong: loops with callbacks, patterns in control flow, rules and devices.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};

use graxe_core::{
    Array, BatchAxes, Csr, DType, Pattern, array, cond, custom_jvp, debug_callback, fori_loop,
    grad, jacrev_tree, jit, jvp, linearize, make_program, pmap_with, psum, scalar, vmap, vmap_with,
    while_loop, with_x64,
};

fn message(f: impl FnOnce()) -> String {
    let payload = catch_unwind(AssertUnwindSafe(f)).expect_err("it is refused");
    let text = payload.downcast_ref::<String>().cloned();
    text.unwrap_or_default()
}

fn counting() -> (Arc<Mutex<usize>>, impl Fn() + Clone + Send + Sync + 'static) {
    let count: Arc<Mutex<usize>> = Arc::default();
    let own = count.clone();
    let note = move || {
        let own = own.clone();
        debug_callback(move |_| *own.lock().expect("no other holds it") += 1, &[]);
    };
    (count, note)
}

fn taken(count: &Mutex<usize>) -> usize {
    std::mem::take(&mut *count.lock().expect("no other holds it"))
}

#[test]
fn callbacks_in_loops_come_once_a_step_in_derivatives() {
    let (count, note) = counting();
    let step = move |_: Array, c: Array, x: &Array| {
        note();
        c * x
    };
    let f = move |x: &Array| fori_loop(0, 3, |i, c| step(i, c, x), scalar(1.0));
    assert_eq!(grad(&f)(&scalar(2.0)).item::<f32>(), 12.0);
    assert_eq!(taken(&count), 3);
    assert_eq!(jit(grad(&f))(&scalar(2.0)).item::<f32>(), 12.0);
    assert_eq!(taken(&count), 3);
}

#[test]
fn callbacks_in_a_while_loop_are_not_repeated_by_its_linear_part() {
    let (count, note) = counting();
    let body = move |x: Array| {
        note();
        x * 2
    };
    let f = move |x: &Array| while_loop(|x: &Array| x.less(20), &body, x.clone());
    let (_, push) = linearize(f, (scalar(3.0),));
    assert_eq!(taken(&count), 3);
    assert_eq!(push(&(scalar(1.0),)).item::<f32>(), 8.0);
    assert_eq!(taken(&count), 0);
}

#[test]
fn an_unbatched_condition_stays_so() {
    let step = |(x, i): (Array, Array)| (x * 2, i + 1);
    let f = |x: &Array| {
        while_loop(
            |c: &(Array, Array)| c.1.less(10),
            step,
            (x.clone(), scalar(0)),
        )
    };
    let program = make_program(vmap(f))(&array([1.0, 2.0])).to_string();
    assert!(!program.contains("reduce_or"), "{program}");
    assert_eq!(
        vmap(f)(&array([1.0, 2.0])).0.to_vec::<f32>(),
        [1024.0, 2048.0]
    );
}

#[test]
fn patterns_that_control_flow_would_give_are_refused_by_name() {
    let pattern = Pattern::new(2, vec![0, 1, 2], vec![0, 1]).expect("it is well formed");
    let m = Csr::new(pattern.clone(), array([1.0, 2.0]));
    let same = |m: &Csr| m.clone();
    let text = message(|| {
        jit(|m: &Csr| cond(true, same, same, m))(&m);
    });
    assert!(text.contains("cond: the pattern csr[2,2;2]"), "{text}");
    let text = message(|| {
        graxe_core::map(
            |v: Array| Csr::new(pattern.clone(), v),
            &Array::ones([3, 2], DType::F32),
        );
    });
    assert!(text.contains("scan: the pattern csr[2,2;2]"), "{text}");
    let j = jacrev_tree(|v: &Array| Csr::new(pattern.clone(), v * v))(&array([1.0, 3.0]));
    let values = j.leaves()[0].leaves()[0].to_vec::<f32>();
    assert_eq!(values, [2.0, 0.0, 0.0, 6.0]);
}

/// A function whose rule calls itself.
fn own(x: &Array) -> Array {
    custom_jvp(|x: &Array| x.exp(), |(x,), (t,)| (own(&x), own(&x) * t))(x)
}

#[test]
fn rules_are_checked_and_do_not_run_away() {
    let f = custom_jvp(
        |x: &Array| (x.clone(), Array::zeros(3, DType::I32)),
        |(x,), (t,)| {
            let wrong = Array::zeros(2, DType::I32);
            ((x, wrong.clone()), (t, wrong))
        },
    );
    let text = message(|| {
        jvp(f, (scalar(1.0),), (scalar(1.0),));
    });
    assert!(
        text.contains("custom_jvp") && text.contains("i32[2]"),
        "{text}"
    );
    let text = message(|| {
        jit(own)(&scalar(1.0));
    });
    assert!(text.contains("call the plain one"), "{text}");
}

#[test]
fn a_counter_has_the_dtype_of_its_bounds() {
    let bound = Array::full((), 3, DType::I64);
    let f = |n: &Array| fori_loop(0, n, |i, _| i, Array::zeros((), DType::I64));
    assert_eq!(f(&bound).item::<i64>(), 2);
    assert_eq!(jit(f)(&bound).item::<i64>(), 2);
    let last = with_x64(|| fori_loop(0, 2, |i, _| i, Array::zeros((), DType::I64)));
    assert_eq!(last.item::<i64>(), 1);
    let text = message(|| {
        fori_loop(0, 1i64 << 40, |_, c| c, scalar(0));
    });
    assert!(text.contains("does not fit i32"), "{text}");
}

#[test]
fn a_collective_that_some_devices_would_leave_out_is_refused() {
    let f = |x: &Array| {
        cond(
            x.greater(0),
            |x: &Array| psum(x, "d"),
            |x: &Array| x.clone(),
            x,
        )
    };
    let x = array([1.0, -1.0]);
    let text = message(|| {
        pmap_with(f, BatchAxes::default().name("d"))(&x);
    });
    assert!(
        text.contains("cond at") && text.contains("reviewed.rs"),
        "{text}"
    );
    let turns = |x: &Array| {
        while_loop(
            |x: &Array| x.less(4),
            |x: Array| psum(&x, "d") + 1,
            x.clone(),
        )
    };
    let text = message(|| {
        pmap_with(turns, BatchAxes::default().name("d"))(&x);
    });
    assert!(text.contains("while at"), "{text}");
    // All places agree on a sum, in a step of a scan too.
    let agreed = |x: &Array| {
        let together = |x: &Array| psum(x, "d");
        let step = |_, c: Array| {
            cond(
                psum(&c, "d").greater(0),
                together,
                |x: &Array| x.clone(),
                &c,
            )
        };
        fori_loop(0, 2, step, x.clone())
    };
    let named = || BatchAxes::default().name("d");
    let (found, wanted) = (
        pmap_with(agreed, named())(&x),
        vmap_with(agreed, named())(&x),
    );
    assert_eq!(found.to_vec::<f32>(), wanted.to_vec::<f32>());
    let text = message(|| {
        vmap_with(
            |x: &Array| psum(&x.greater(0), "d"),
            BatchAxes::default().name("d"),
        )(&x);
    });
    assert!(text.contains("psum: does not take bool"), "{text}");
}
