//! Jacobians, Hessians and products with them; derivatives of trees and through stopped values.

use std::collections::BTreeMap;

use graxe_core::{
    Arg1, Array, grad, grad_at, hessian, jacfwd, jacrev, jvp, linear_transpose, linearize, stack,
    value_and_grad_aux, vjp,
};

use super::super::outputs::{Named, Outputs};

pub(super) fn outputs(family: &str, a: &Named) -> Option<Outputs> {
    Some(match family {
        "rosenbrock_orders" => rosenbrock_orders(&a["x"], &a["v"]),
        "mlp_hessians" => mlp_hessians(a),
        "jacobians" => jacobians(&a["x"], &a["t"], &a["c"]),
        "jacobian_shapes" => jacobian_shapes(&a["X"], &a["b"]),
        "jvp_vjp_multi" => several(a),
        "stop_gradient" => stopped(&a["x"]),
        "tree_aux" => tree(a),
        _ => return None,
    })
}

fn rosenbrock(x: &Array) -> Array {
    let (head, tail) = (x.index(..-1), x.index(1..));
    (100.0 * (tail - head.powi(2)).powi(2) + (1 - head).powi(2)).sum(..)
}

fn rosenbrock_orders(x: &Array, v: &Array) -> Outputs {
    let along = |x: &Array| grad(rosenbrock)(x).dot(v);
    let (_, forward) = jvp(grad(rosenbrock), (x.clone(),), (v.clone(),));
    Outputs::default()
        .with("value", rosenbrock(x))
        .with("grad", grad(rosenbrock)(x))
        .with("hessian", hessian(rosenbrock)(x))
        .with("jacrev_jacrev", jacrev(jacrev(rosenbrock))(x))
        .with("jacfwd_grad", jacfwd(grad(rosenbrock))(x))
        .with("hvp_fwd_rev", forward)
        .with("hvp_rev_rev", grad(along)(x))
        .with("third", jacfwd(hessian(rosenbrock))(x))
}

/// `tanh(tanh(x W1 + b1) W2)`, a scalar.
fn mlp(p: &Named, x: &Array) -> Array {
    let h = (x.matmul(&p["W1"]) + &p["b1"]).tanh();
    h.matmul(&p["W2"]).tanh()
}

fn mlp_hessians(a: &Named) -> Outputs {
    let x = &a["x"];
    let mut p = a.clone();
    p.remove("x");
    let slope = |p: &Named, x: &Array| grad_at(mlp, Arg1)(p, x);
    let penalty = |p: &Named| slope(p, x).powi(2).sum(..);
    let curvature = hessian(|x: &Array| mlp(&p, x))(x);
    let penalties = grad(penalty)(&p).into_iter();
    let penalties = penalties.map(|(name, g)| (format!("penalty_grad.{name}"), g));
    penalties
        .collect::<Outputs>()
        .with("u", mlp(&p, x))
        .with("grad_x", slope(&p, x))
        .with("laplacian", curvature.trace())
        .with("hess_x", curvature)
}

fn jacobians(x: &Array, t: &Array, c: &Array) -> Outputs {
    let f = |x: &Array| {
        let [p, q, r] = [0, 1, 2].map(|i| x.index(i));
        let parts = [&p * &q, r.sin() * &p, (&q - &r).exp(), x.powi(2).sum(..)];
        stack(&parts.each_ref(), 0)
    };
    let (_, push) = linearize(f, (x.clone(),));
    let linear = |t: &Array| push(&(t.clone(),));
    Outputs::default()
        .with("f", f(x))
        .with("jacfwd", jacfwd(f)(x))
        .with("jacrev", jacrev(f)(x))
        .with("jvp", jvp(f, (x.clone(),), (t.clone(),)).1)
        .with("vjp", vjp(f, (x.clone(),)).1(c).0)
        .with("hessian", jacfwd(jacrev(f))(x))
        .with("linearize", push(&(t.clone(),)))
        .with(
            "transpose_of_linear",
            linear_transpose(linear, (x.clone(),))(c).0,
        )
}

fn jacobian_shapes(x: &Array, b: &Array) -> Outputs {
    let y = |x: &Array, b: &Array| x.matmul(&x.t()) + b.expand_dims(1);
    let s = |x: &Array| (x * x).sum(..);
    Outputs::default()
        .with("dy_dX", jacrev(|x: &Array| y(x, b))(x))
        .with("dy_db", jacrev(|b: &Array| y(x, b))(b))
        .with("ds_dX", jacrev(s)(x))
        .with("ds_db", jacrev(|_: &Array| s(x))(b))
}

fn several(a: &Named) -> Outputs {
    let f = |x: &Array, y: &Array| (x.matmul(y), x.sin().sum(..) * y);
    let all = |names: [&str; 2]| (a[names[0]].clone(), a[names[1]].clone());
    let ((out0, out1), (tan0, tan1)) = jvp(f, all(["x", "y"]), all(["dx", "dy"]));
    let (_, pull) = vjp(f, all(["x", "y"]));
    let (x, y) = pull(&all(["cu", "cv"]));
    Outputs::default()
        .with("out0", out0)
        .with("out1", out1)
        .with("tan0", tan0)
        .with("tan1", tan1)
        .with("ct_x", x)
        .with("ct_y", y)
}

fn stopped(x: &Array) -> Outputs {
    let f = |x: &Array| x * x.stop_gradient();
    let total = |x: &Array| f(x).sum(..);
    let g = |x: &Array| (x * x.sin().stop_gradient() + x.powi(2)).sum(..);
    let straight = |x: &Array| ((x.round() - x).stop_gradient() + x).sum(..).powi(2);
    let detached = |x: &Array| (x - x.mean(..).stop_gradient()).powi(2).sum(..);
    let ones = Array::ones(x.shape(), x.dtype());
    Outputs::default()
        .with("f", grad(total)(x))
        .with("g", grad(g)(x))
        .with("straight_through", grad(straight)(x))
        .with("detach_mean", grad(detached)(x))
        .with("jvp", jvp(f, (x.clone(),), (ones,)).1)
        .with("hess_f", hessian(total)(x))
}

/// The parameters of `tree_aux`: a pair of scalars and a vector under a name.
type Parameters = ((Array, Array), BTreeMap<String, Array>);

fn tree(a: &Named) -> Outputs {
    let f = |p: &Parameters, x: &Array| {
        let ((a0, a1), b) = p;
        let loss = (x * a0 + &b["c"]).powi(2).sum(..) + a1;
        (loss, BTreeMap::from([("pred".to_owned(), 2 * x)]))
    };
    let b = BTreeMap::from([("c".to_owned(), a["c"].clone())]);
    let p: Parameters = ((a["a0"].clone(), a["a1"].clone()), b);
    let x = &a["x"];
    let ((value, aux), ((a0, a1), b)) = value_and_grad_aux(f)(&p, x);
    let loss = |p: &Parameters, x: &Array| f(p, x).0;
    Outputs::default()
        .with("value", value)
        .with("aux.pred", aux["pred"].clone())
        .with("grad.a[0]", a0)
        .with("grad.a[1]", a1)
        .with("grad.b.c", b["c"].clone())
        .with("grad_x", grad_at(loss, Arg1)(&p, x))
}
