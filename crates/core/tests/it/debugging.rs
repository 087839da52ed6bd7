//! Looking into programs: which callbacks happen, in which order, and where a NaN comes from.

use std::sync::{Arc, Mutex, PoisonError};

use graxe_core::{
    Array, BatchAxes, BatchAxis, DType, ScanOptions, array, check_nans, checkpoint, cond,
    debug_callback, debug_print, grad, jit, jvp, make_program, scalar, scan, scan_with, select,
    stack, value_and_grad, vmap, vmap_with, while_loop,
};

use super::messages::message;
use super::numbers::{bits, doubles};

/// What callbacks saw.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<f64>>>);

impl Log {
    /// Notes a number when the program comes here.
    fn note(&self, x: &Array) {
        let log = self.0.clone();
        let call = move |arrays: &[Array]| {
            let seen = arrays.iter().map(|x| x.astype(DType::F64).item::<f64>());
            let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
            log.extend(seen);
        };
        debug_callback(call, &[x]);
    }

    fn take(&self) -> Vec<f64> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[test]
fn callbacks_happen_in_order_eagerly_and_compiled() {
    let log = Log::default();
    let f = |x: &Array| {
        log.note(&(x + 1));
        let y = x * 10;
        log.note(&y);
        // The results of neither are needed.
        log.note(&(&y + 2));
        log.note(x);
        y.sin()
    };
    let x = scalar(3.0);
    let order = [4.0, 30.0, 32.0, 3.0];
    let plain = f(&x);
    assert_eq!(log.take(), order);
    let compiled = jit(f);
    assert_eq!(log.take(), [0.0; 0]);
    assert_eq!(bits(&compiled(&x)), bits(&plain));
    assert_eq!(log.take(), order);
    compiled(&x);
    assert_eq!(log.take(), order, "again at each call");
    let outer = jit(|x: &Array| compiled(x) + compiled(&(x + 1)));
    outer(&x);
    assert_eq!(log.take(), [4.0, 30.0, 32.0, 3.0, 5.0, 40.0, 42.0, 4.0]);
}

#[test]
fn derivatives_see_the_primal_values_once() {
    let log = Log::default();
    let f = |x: &Array| {
        let y = x.square();
        log.note(&y);
        log.note(x);
        y.sin()
    };
    let x = scalar(3.0);
    for run in [
        Box::new(|| drop(grad(f)(&x))) as Box<dyn Fn() + '_>,
        Box::new(|| drop(jit(grad(f))(&x))),
        Box::new(|| drop(grad(jit(f))(&x))),
        Box::new(|| drop(value_and_grad(f)(&x))),
        Box::new(|| drop(jvp(f, (x.clone(),), (x.clone(),)))),
        Box::new(|| drop(grad(grad(f))(&x))),
        Box::new(|| drop(jit(grad(grad(f)))(&x))),
    ] {
        run();
        assert_eq!(log.take(), [9.0, 3.0]);
    }
}

#[test]
fn a_checkpoint_does_not_repeat_them() {
    let log = Log::default();
    let f = checkpoint(|x: &Array| {
        let y = x.square();
        log.note(&y);
        y.sin().sin()
    });
    let f = |x: &Array| f(x);
    let x = scalar(3.0);
    grad(f)(&x);
    assert_eq!(log.take(), [9.0]);
    jit(grad(f))(&x);
    assert_eq!(log.take(), [9.0]);
    jit(value_and_grad(|x: &Array| f(x) + f(&(x + 1))))(&x);
    assert_eq!(log.take(), [9.0, 16.0]);
}

#[test]
fn batches_call_for_each_example() {
    let log = Log::default();
    let f = |x: &Array, y: &Array| {
        log.note(x);
        log.note(&(x * y));
        x + y
    };
    let (x, y) = (array([1.0, 2.0, 3.0]), scalar(10.0));
    let over = || BatchAxes::inputs([BatchAxis::At(0), BatchAxis::Shared]);
    let order = [1.0, 2.0, 3.0, 10.0, 20.0, 30.0];
    vmap_with(f, over())(&x, &y);
    assert_eq!(log.take(), order);
    jit(vmap_with(f, over()))(&x, &y);
    assert_eq!(log.take(), order);
    vmap_with(f, over().name("i"))(&x, &y);
    assert_eq!(log.take(), order);
    let rows = stack(&[&x, &(&x * 2)], 0);
    vmap(vmap(|x: &Array| {
        log.note(x);
        x.clone()
    }))(&rows);
    // The inner batch is the outer one's code: each of its examples for all of the outer.
    assert_eq!(log.take(), [1.0, 2.0, 2.0, 4.0, 3.0, 6.0]);
}

#[test]
fn loops_call_at_each_step_and_branches_where_they_are_taken() {
    let log = Log::default();
    let xs = array([1.0, 2.0, 3.0]);
    let run = |xs: &Array, options: ScanOptions| {
        let step = |c: Array, x: Array| {
            log.note(&x);
            let c = c + x;
            log.note(&c);
            (c.clone(), c)
        };
        scan_with(step, scalar(0.0), xs, options)
    };
    let order = [1.0, 1.0, 2.0, 3.0, 3.0, 6.0];
    for unroll in [1, 2, 3] {
        let options = ScanOptions::default().unroll(unroll);
        run(&xs, options);
        assert_eq!(log.take(), order);
        jit(|xs: &Array| run(xs, options))(&xs);
        assert_eq!(log.take(), order);
        jit(grad(|xs: &Array| run(xs, options).0.square()))(&xs);
        assert_eq!(log.take(), order);
    }
    jit(|xs: &Array| run(xs, ScanOptions::default().reverse()))(&xs);
    assert_eq!(log.take(), [3.0, 3.0, 2.0, 5.0, 1.0, 6.0]);

    let less = |x: &Array| x.less(5);
    let double = |x: Array| {
        log.note(&x);
        x * 2
    };
    let loops = |x: &Array| while_loop(less, double, x.clone());
    loops(&scalar(1.0));
    assert_eq!(log.take(), [1.0, 2.0, 4.0]);
    jit(loops)(&scalar(1.0));
    assert_eq!(log.take(), [1.0, 2.0, 4.0]);

    let branch = |x: &Array| {
        let then = |x: &Array| {
            log.note(x);
            x.sin()
        };
        let otherwise = |x: &Array| {
            log.note(&(-x * 10));
            x.cos()
        };
        cond(x.greater(0), then, otherwise, x)
    };
    for run in [
        Box::new(|x: &Array| drop(branch(x))) as Box<dyn Fn(&Array) + '_>,
        Box::new(|x| drop(jit(branch)(x))),
        Box::new(|x| drop(jit(grad(branch))(x))),
    ] {
        run(&scalar(2.0));
        run(&scalar(-1.0));
        assert_eq!(log.take(), [2.0, 10.0]);
    }
}

#[test]
fn callbacks_take_arrays_of_every_kind() {
    let seen: Arc<Mutex<Vec<String>>> = Arc::default();
    let inner = seen.clone();
    let f = jit(move |x: &Array, n: &Array| {
        let seen = inner.clone();
        let call = move |arrays: &[Array]| {
            let shapes = arrays.iter().map(|a| format!("{}{}", a.dtype(), a.shape()));
            let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
            seen.push(shapes.collect::<Vec<_>>().join(" "));
        };
        debug_callback(call, &[x, n, &x.greater(0)]);
        x * n
    });
    f(&doubles([2, 3], 0), &Array::from_vec(vec![1i32, 2, 3], 3));
    let seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
    assert_eq!(*seen, ["f64[2,3] i32[3] bool[2,3]"]);
}

#[test]
fn programs_show_them() {
    let f = |x: &Array| {
        debug_print("x = {}", &[x]);
        x.sin()
    };
    let text = make_program(f)(&scalar(1.0)).to_string();
    assert!(text.contains("debug_callback[ordered=True] a"), "{text}");
}

#[test]
fn prints_need_a_place_for_each_array() {
    let x = scalar(1.0);
    let text = message(|| debug_print("{} and {}", &[&x]));
    assert_eq!(text, "debug_print: \"{} and {}\" has 2 places for 1 arrays");
    let text = message(|| debug_print("nothing", &[&x]));
    assert_eq!(text, "debug_print: \"nothing\" has 0 places for 1 arrays");
    debug_print("just text", &[]);
}

/// The message, which should name an operation and the line `after` the caller's.
#[track_caller]
fn assert_names(text: &str, operation: &str, line: u32) {
    assert!(
        text.starts_with(&format!("check_nans: {operation} of")),
        "{text}"
    );
    let place = format!("debugging.rs:{line}:");
    assert!(text.contains(&place), "{text} should be from {place}");
}

#[test]
fn a_nan_is_traced_to_the_line_that_makes_it() {
    let x = array([1.0, -2.0]);
    let line = line!() + 1;
    let f = |x: &Array| (x * 2).log().square() + 1;
    let loss = |x: &Array| f(x).sum(..);
    let along = |x: &Array| scan(|c: Array, x: Array| (c + f(&x), ()), scalar(0.0), x).0;
    assert_names(&message(|| drop(check_nans(|| f(&x)))), "log", line);
    for (name, run) in [
        (
            "jit",
            Box::new(|| jit(f)(&x)) as Box<dyn Fn() -> Array + '_>,
        ),
        ("grad", Box::new(|| grad(loss)(&x))),
        ("jit of grad", Box::new(|| jit(grad(loss))(&x))),
        ("grad of jit", Box::new(|| grad(jit(loss))(&x))),
        ("jit of value", Box::new(|| jit(value_and_grad(loss))(&x).0)),
        ("vmap", Box::new(|| vmap(f)(&x))),
        ("scan", Box::new(|| along(&x))),
        ("jit of scan", Box::new(|| jit(along)(&x))),
        ("grad of scan", Box::new(|| grad(along)(&x))),
        (
            "jit in jit",
            Box::new(|| jit(|x: &Array| jit(f)(x) * 2)(&x)),
        ),
        (
            "checkpoint",
            Box::new(|| grad(|x: &Array| checkpoint(loss)(x))(&x)),
        ),
    ] {
        let text = message(|| drop(check_nans(&run)));
        assert!(text.contains("log"), "{name}: {text}");
        assert_names(&text, "log", line);
        assert!(
            run().size() > 0,
            "{name}: without check_nans nothing is said"
        );
    }
}

#[test]
fn a_nan_of_a_derivative_is_found_where_the_value_is_fine() {
    let line = line!() + 1;
    let f = |x: &Array| x.sqrt();
    let masked = |x: &Array| select(&x.greater(0), f(x), 0);
    let zero = scalar(0.0);
    assert_eq!(check_nans(|| masked(&zero)).item::<f32>(), 0.0);
    for text in [
        message(|| drop(check_nans(|| grad(masked)(&zero)))),
        message(|| drop(check_nans(|| jit(grad(masked))(&zero)))),
    ] {
        assert!(text.contains(&format!("debugging.rs:{line}:")), "{text}");
    }
}

#[test]
fn fine_numbers_pass_unchanged() {
    let x = doubles([8], 0);
    let f = jit(|x: &Array| (x.sin() / 0.0).tanh() + x);
    let plain = f(&x);
    assert_eq!(bits(&check_nans(|| f(&x))), bits(&plain));
    // What is given away is not reused meanwhile.
    let given = jit(|x: Array| x + 1);
    let kept = x.clone();
    assert_eq!(bits(&check_nans(|| given(x))), bits(&(&kept + 1)));
    // Only inside, also after a panic.
    message(|| drop(check_nans(|| (-&kept.square()).log())));
    assert!((-&kept.square() - 1).log().index(0).is_nan().item::<bool>());
}
