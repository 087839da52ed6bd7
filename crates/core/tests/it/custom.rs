//! Functions with derivatives of their own, in every transformation.

use graxe_core::{
    Arg0, Arg1, Array, BatchAxes, BatchAxis, DType, array, cond, custom_jvp, custom_vjp, fori_loop,
    grad, grad_at, jit, jvp, linear_transpose, linearize, psum, scalar, scan, select, vjp, vmap,
    vmap_with, while_loop,
};

use super::messages::message;
use super::numbers::{assert_close, bits, doubles};

type One = Box<dyn Fn(&Array) -> Array + Send + Sync>;
type Two = Box<dyn Fn(&Array, &Array) -> Array + Send + Sync>;

/// `sin x`, with slope 7.
fn forwards() -> One {
    custom_jvp(Array::sin, |(x,), (t,)| (x.sin(), 7.0 * t))
}

/// `sin x`, with slope 7.
fn backwards() -> One {
    custom_vjp(Array::sin, |(x,)| (x.sin(), ()), |(), c: Array| (7.0 * c,))
}

/// `x w`, with its true slopes.
fn product(reverse: bool) -> Two {
    if reverse {
        custom_vjp(
            |x: &Array, w: &Array| x * w,
            |(x, w)| (&x * &w, (x, w)),
            |(x, w): (Array, Array), c: Array| (&c * w, c * x),
        )
    } else {
        custom_jvp(
            |x: &Array, w: &Array| x * w,
            |(x, w), (dx, dw)| (&x * &w, dx * &w + x * dw),
        )
    }
}

fn item(x: &Array) -> f64 {
    x.item()
}

#[test]
fn the_rule_is_used_wherever_the_function_is_called() {
    let x = doubles([], 1);
    for f in [forwards(), backwards()] {
        let f = |x: &Array| f(x);
        assert_eq!(item(&f(&x)), item(&x.sin()));
        assert_eq!(item(&grad(f)(&x)), 7.0);
        assert_eq!(item(&grad(jit(f))(&x)), 7.0);
        assert_eq!(item(&jit(grad(f))(&x)), 7.0);
        assert_eq!(vmap(grad(f))(&doubles([3], 0)).to_vec::<f64>(), [7.0; 3]);
        let sum = |x: &Array| vmap(f)(x).sum(..);
        assert_eq!(grad(sum)(&doubles([3], 0)).to_vec::<f64>(), [7.0; 3]);
        assert_eq!(
            item(&vjp(f, (x.clone(),)).1(&scalar(2.0).astype(DType::F64)).0),
            14.0
        );
        // Behind branches and in loops, each call has the slope 7.
        let chosen = |x: &Array| cond(x.less(9), f, Array::cos, x);
        assert_eq!(item(&grad(chosen)(&x)), 7.0);
        let looped = |x: &Array| fori_loop(0, 3, |_, c: Array| f(&c), x.clone());
        assert_eq!(item(&grad(looped)(&x)), 343.0);
        assert_eq!(item(&jit(grad(looped))(&x)), 343.0);
        let along = |x: &Array| {
            scan(
                |c: Array, x: Array| (c + f(&x), ()),
                Array::zeros((), DType::F64),
                x,
            )
            .0
        };
        assert_eq!(grad(along)(&doubles([4], 0)).to_vec::<f64>(), [7.0; 4]);
        assert_eq!(
            vmap(grad(along))(&doubles([2, 4], 0)).to_vec::<f64>(),
            [7.0; 8]
        );
    }
}

#[test]
fn forward_mode_uses_the_forward_rule() {
    let (x, t) = (doubles([3], 0), doubles([3], 1));
    let f = forwards();
    let f = |x: &Array| f(x);
    let (y, tangent) = jvp(f, (x.clone(),), (t.clone(),));
    assert_eq!(bits(&(y, tangent)), bits(&(x.sin(), 7.0 * &t)));
    let (_, push) = linearize(f, (x.clone(),));
    assert_eq!(bits(&push(&(t.clone(),))), bits(&(7.0 * &t)));
    let twice = |x: &Array| {
        let less = |(i, _): &(Array, Array)| i.less(2);
        while_loop(
            less,
            |(i, x): (Array, Array)| (i + 1, f(&x)),
            (Array::from(0), x.clone()),
        )
        .1
    };
    assert_close(&jvp(twice, (x,), (t.clone(),)).1, &(49.0 * t), 1e-15);
}

#[test]
fn second_derivatives_are_those_of_the_rule() {
    let f = custom_jvp(|x: &Array| x.sin(), |(x,), (t,)| (x.sin(), x.powi(3) * t));
    let f = |x: &Array| f(x);
    let x = doubles([], 3);
    assert_close(&grad(grad(f))(&x), &(3 * x.powi(2)), 1e-15);
    let f = custom_vjp(
        |x: &Array| x.sin(),
        |(x,)| (x.sin(), x),
        |x: Array, c: Array| (x.powi(3) * c,),
    );
    let f = |x: &Array| f(x);
    assert_close(&grad(grad(f))(&x), &(3 * x.powi(2)), 1e-15);
    let (_, forward) = jvp(grad(f), (x.clone(),), (Array::ones((), DType::F64),));
    assert_close(&forward, &(3 * x.powi(2)), 1e-15);
}

#[test]
fn shared_arguments_of_a_batch_have_the_sum_of_their_slopes() {
    let (x, w) = (doubles([4], 0), doubles([], 1));
    let axes = || BatchAxes::inputs([BatchAxis::At(0), BatchAxis::Shared]);
    for reverse in [false, true] {
        let f = product(reverse);
        let f = |x: &Array, w: &Array| f(x, w);
        let total = |x: &Array, w: &Array| vmap_with(f, axes())(x, w).sum(..);
        let (dx, dw) = grad_at(total, (Arg0, Arg1))(&x, &w);
        assert_close(&dx, &(Array::ones(4, DType::F64) * &w), 0.0);
        assert_close(&dw, &x.sum(..), 1e-15);
        let each = vmap_with(grad_at(f, (Arg0, Arg1)), axes())(&x, &w);
        assert_close(&each.1, &x, 0.0);
        let jitted = jit(grad_at(total, (Arg0, Arg1)))(&x, &w);
        assert_close(&jitted, &(dx, dw), 1e-15);
    }
}

#[test]
fn a_shared_argument_over_a_named_axis_has_its_slopes_summed_once() {
    let (x, w) = (doubles([4], 0), doubles([], 1));
    let axes = || BatchAxes::inputs([BatchAxis::At(0), BatchAxis::Shared]).name("i");
    for reverse in [false, true] {
        let f = product(reverse);
        let f = |x: &Array, w: &Array| f(x, w);
        let (dx, dw) = vmap_with(grad_at(f, (Arg0, Arg1)), axes())(&x, &w);
        assert_close(&dx, &(Array::ones(4, DType::F64) * &w), 0.0);
        assert_close(&dw, &(Array::ones(4, DType::F64) * x.sum(..)), 1e-14);
        // The mean over the axis of a loss of the rule.
        let mean = |x: &Array, w: &Array| psum(&f(x, w).square(), "i") / 4.0;
        let dw = vmap_with(grad_at(mean, Arg1), axes())(&x, &w);
        let wanted = (x.square() * &w * 2.0).sum(..) / 4.0;
        assert_close(&dw, &(Array::ones(4, DType::F64) * wanted), 1e-14);
    }
}

#[test]
fn a_rule_may_meet_over_a_named_axis() {
    // x Σ x, whose rule says so with sums over the axis.
    let plain = |x: &Array| x * psum(x, "i");
    let own = custom_jvp(plain, move |(x,), (t,)| {
        let tangent = &t * psum(&x, "i") + &x * psum(&t, "i");
        (plain(&x), tangent)
    });
    let named = || BatchAxes::default().name("i");
    let x = doubles([3], 2);
    let wanted = vmap_with(grad(plain), named())(&x);
    assert_close(
        &vmap_with(grad(|x: &Array| own(x)), named())(&x),
        &wanted,
        1e-14,
    );
    let back = custom_vjp(
        plain,
        move |(x,)| (plain(&x), x),
        |x: Array, c: Array| (&c * psum(&x, "i") + psum(&(c * x), "i"),),
    );
    assert_close(
        &vmap_with(grad(|x: &Array| back(x)), named())(&x),
        &wanted,
        1e-14,
    );
}

#[test]
fn what_is_held_may_be_traced_and_batched_but_not_differentiated() {
    let (x, w) = (doubles([3], 0), doubles([3], 1));
    let held = |reverse: bool, w: &Array| -> One {
        let (w1, w2) = (w.clone(), w.clone());
        if reverse {
            custom_vjp(
                move |x: &Array| x * &w1,
                |(x,)| (x, ()),
                move |(), c: Array| (c * &w2 * 5.0,),
            )
        } else {
            custom_jvp(
                move |x: &Array| x * &w1,
                move |(x,), (t,)| (x * &w2, t * &w2 * 5.0),
            )
        }
    };
    for reverse in [false, true] {
        let slope = |x: &Array, w: &Array| {
            let f = held(reverse, w);
            grad(move |x: &Array| f(x))(x)
        };
        if reverse {
            // The forward rule gives another value than the function: only the slope counts here.
            assert_close(&vmap(slope)(&x, &w), &(&w * 5.0), 1e-15);
        } else {
            assert_close(&vmap(slope)(&x, &w), &(&w * 5.0), 1e-15);
            assert_close(&jit(vmap(slope))(&x, &w), &(&w * 5.0), 1e-15);
        }
        let text = message(|| {
            drop(grad(|w: &Array| held(reverse, w)(&x).sum(..))(&w));
        });
        assert!(text.contains("pass it as an argument"), "{text}");
        let name = if reverse { "custom_vjp" } else { "custom_jvp" };
        assert!(text.starts_with(name), "{text}");
    }
}

#[test]
fn integers_have_no_tangents_in_rules() {
    let f = custom_jvp(
        |x: &Array, n: &Array| (x * n, n + 1),
        |(x, n), (dx, dn)| {
            assert_eq!(dn.dtype(), DType::I32);
            ((&x * &n, &n + 1), (dx * n, dn))
        },
    );
    let loss = |x: &Array, n: &Array| f(x, n).0;
    let (x, n) = (doubles([], 0), Array::from_vec(vec![3i32], ()));
    assert_eq!(item(&grad(loss)(&x, &n)), 3.0);
    let f = custom_vjp(
        |x: &Array, n: &Array| (x * n, n + 1),
        |(x, n)| ((&x * &n, &n + 1), n),
        |n: Array, (c, d): (Array, Array)| {
            assert_eq!(d.dtype(), DType::I32);
            (c * &n, n)
        },
    );
    let loss = |x: &Array, n: &Array| f(x, n).0;
    assert_eq!(item(&grad(loss)(&x, &n)), 3.0);
    let ns = Array::from_vec(vec![3i32, -2], 2);
    let over = BatchAxes::inputs([BatchAxis::Shared, BatchAxis::At(0)]);
    let each = vmap_with(grad(loss), over)(&x, &ns);
    assert_eq!(each.to_vec::<f64>(), [3.0, -2.0]);
}

#[test]
fn results_that_do_not_move_need_no_cotangent() {
    let f = custom_vjp(
        |x: &Array, y: &Array| (x.sin(), y.cos()),
        |(x, y)| ((x.sin(), y.cos()), ()),
        |(), (c, d): (Array, Array)| (2.0 * c, 3.0 * d),
    );
    let first = |x: &Array, y: &Array| f(x, y).0.sum(..);
    let (x, y) = (doubles([2], 0), doubles([3], 1));
    let (dx, dy) = grad_at(first, (Arg0, Arg1))(&x, &y);
    assert_eq!(dx.to_vec::<f64>(), [2.0; 2]);
    assert_eq!(dy.to_vec::<f64>(), [0.0; 3]);
}

#[test]
fn the_linear_part_is_transposed_by_the_rule_and_not_run() {
    let f = backwards();
    let f = |x: &Array| f(x);
    let x = doubles([3], 0);
    let text = message(|| drop(jvp(f, (x.clone(),), (x.clone(),))));
    assert!(text.starts_with("custom_vjp: forward mode"), "{text}");
    assert!(text.contains("custom_jvp"), "{text}");
    let compiled = jit(|x: &Array| jvp(f, (x.clone(),), (x.clone(),)));
    let (_, push) = linearize(f, (x.clone(),));
    for text in [
        message(|| drop(compiled(&x))),
        message(|| drop(push(&(x.clone(),)))),
    ] {
        assert!(text.contains("forward mode"), "{text}");
    }
    // Alone, in a batch of its own, and in one where the tangents are shared.
    let push = |t: &Array| jvp(f, (x.clone(),), (t.clone(),)).1;
    let pull = linear_transpose(push, (x.clone(),));
    assert_close(&pull(&x).0, &(7.0 * &x), 0.0);
    let each = |x: &Array, t: &Array| jvp(f, (x.clone(),), (t.clone(),)).1;
    let push = |t: &Array| vmap(each)(&x, t);
    assert_close(
        &linear_transpose(push, (x.clone(),))(&x).0,
        &(7.0 * &x),
        0.0,
    );
    let shared = || BatchAxes::inputs([BatchAxis::At(0), BatchAxis::Shared]);
    let push = |t: &Array| vmap_with(each, shared())(&x, t);
    let one = doubles([], 1);
    assert_close(
        &linear_transpose(push, (one,))(&x).0,
        &(7.0 * x.sum(..)),
        1e-14,
    );
}

#[test]
fn rules_of_another_form_are_refused() {
    let x = array([1.0, 2.0]);
    let value = custom_jvp(Array::sin, |(x,), (t,)| (x.sum(..), t));
    let text = message(|| drop(grad(|x: &Array| value(x).sum(..))(&x)));
    assert!(text.starts_with("custom_jvp: the rule gives"), "{text}");
    assert!(
        text.contains("as result") && text.contains("f32[2]"),
        "{text}"
    );
    let tangent = custom_jvp(Array::sin, |(x,), (t,)| (x.sin(), t.sum(..)));
    let text = message(|| drop(grad(|x: &Array| tangent(x).sum(..))(&x)));
    assert!(
        text.contains("as tangent") && text.contains("f32[2]"),
        "{text}"
    );
    let dtype = custom_jvp(Array::sin, |(x,), (t,)| (x.sin(), t.astype(DType::F64)));
    let text = message(|| drop(grad(|x: &Array| dtype(x).sum(..))(&x)));
    assert!(text.contains("f64[2]") && text.contains("f32[2]"), "{text}");
    let value = custom_vjp(Array::sin, |(x,)| (x.sum(..), ()), |(), c: Array| (c,));
    let text = message(|| drop(grad(|x: &Array| value(x).sum(..))(&x)));
    assert!(text.starts_with("custom_vjp: the rule gives"), "{text}");
    let cotangent = custom_vjp(
        Array::sin,
        |(x,)| (x.sin(), ()),
        |(), c: Array| (c.sum(..),),
    );
    let text = message(|| drop(grad(|x: &Array| cotangent(x).sum(..))(&x)));
    assert!(
        text.contains("as cotangent") && text.contains("f32[2]"),
        "{text}"
    );
}

#[test]
fn a_rule_heals_what_the_plain_derivative_spoils() {
    let plain = |x: &Array| select(&x.greater(0), x.sqrt(), 0);
    let safe = custom_jvp(plain, move |(x,), (t,)| {
        let slope = select(&x.greater(0), 0.5 / x.sqrt(), 0);
        (plain(&x), select(&x.greater(0), slope, 0) * t)
    });
    let zero = scalar(0.0);
    assert!(grad(plain)(&zero).item::<f32>().is_nan());
    assert_eq!(grad(|x: &Array| safe(x))(&zero).item::<f32>(), 0.0);
}
