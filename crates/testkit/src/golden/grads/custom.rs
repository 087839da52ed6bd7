//! Derivatives that their authors wrote, and derivatives for which values are computed again.

use graxe_core::{Arg1, Array, checkpoint, custom_jvp, custom_vjp, grad, grad_at, jvp, tree, vmap};

use super::super::outputs::{Named, named};

pub(super) fn outputs(family: &str, a: &Named) -> Option<Named> {
    Some(match family {
        "custom_vjp" => backward(&a["x"], &a["s"]),
        "custom_jvp" => forward(&a["x"], &a["y"]),
        "checkpoint" => again(&a["x"], &a["W"]),
        _ => return None,
    })
}

fn backward(x: &Array, s: &Array) -> Named {
    let clipped = custom_vjp(
        Array::clone,
        |(x,)| (x, ()),
        |(), c: Array| (c.clip(-0.5, 0.5),),
    );
    // Wrong on purpose: the rule's own numbers count.
    let scaled = custom_vjp(
        |x: &Array, s: &Array| x * s,
        |(x, s)| (&x * &s, (x, s)),
        |(x, s): (Array, Array), c: Array| (2 * &c * s, 10 * (c * x).sum(..)),
    );
    let cube = |x: &Array| clipped(x).powi(3);
    let sine = |x: &Array, s: &Array| scaled(x, s).sin().sum(..);
    named([
        ("f_grad", grad(|x: &Array| cube(x).sum(..))(x)),
        ("g_dx", grad(sine)(x, s)),
        ("g_ds", grad_at(sine, Arg1)(x, s)),
        ("g_value", sine(x, s)),
        ("vmap_grad", vmap(grad(cube))(x)),
    ])
}

fn forward(x: &Array, y: &Array) -> Named {
    let soft = custom_jvp(
        |x: &Array| x.exp().log1p(),
        |(x,), (t,)| (x.exp().log1p(), (1 - 1 / (1 + x.exp())) * t),
    );
    let soft = |x: &Array| soft(x);
    // Wrong on purpose.
    let sine = custom_jvp(
        |x: &Array, y: &Array| x.sin() * y,
        |(x, y), (dx, dy)| {
            let tangent = 3 * x.cos() * &y * dx - x.sin() * dy;
            (x.sin() * y, tangent)
        },
    );
    let sine = |x: &Array, y: &Array| sine(x, y);
    let all = |value: f64| Array::full((), value, x.dtype());
    let along = (all(1.0), all(2.0));
    named([
        ("grad", grad(soft)(x)),
        ("grad_at_100", grad(soft)(&all(100.0))),
        ("second", grad(grad(soft))(x)),
        ("fj_dx", grad(sine)(x, y)),
        ("fj_dy", grad_at(sine, Arg1)(x, y)),
        ("fj_jvp", jvp(sine, (x.clone(), y.clone()), along).1),
        ("fj_d2x", grad(grad(sine))(x, y)),
    ])
}

fn again(x: &Array, w: &Array) -> Named {
    let chain = |x: &Array, w: &Array| x.matmul(w).tanh().matmul(w).sin().sum(..);
    let at = (x.clone(), w.clone());
    let ones = tree::map(&at, |x| Array::ones(x.shape(), x.dtype()));
    let (_, product) = jvp(grad_at(checkpoint(chain), Arg1), at, ones);
    named([
        ("plain_dx", grad(chain)(x, w)),
        ("ckpt_dx", grad(checkpoint(chain))(x, w)),
        ("ckpt_dW", grad_at(checkpoint(chain), Arg1)(x, w)),
        ("ckpt_hvp", product),
    ])
}
