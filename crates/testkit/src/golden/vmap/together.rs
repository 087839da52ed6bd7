//! Batching together with derivatives, compiled functions and trees.

use std::collections::BTreeMap;

use graxe_core::{
    Array, BatchAxes, grad, hessian, jacfwd, jacrev, jit, jvp, stack, value_and_grad, vjp, vmap,
    vmap_with,
};

use super::super::outputs::{Named, Outputs};

pub(super) fn outputs(name: &str, a: &Named) -> Option<Outputs> {
    Some(match name {
        "per_example_grads" => {
            let over = BatchAxes::inputs([None, Some(0), Some(0)]);
            let grads = vmap_with(grad(loss), over)(&parameters(a), &a["X"], &a["T"]);
            gradients(grads)
        }
        "per_example_value_and_grad_norm" => {
            let p = parameters(a);
            let norms = |x: &Array, t: &Array| {
                let (value, grads) = value_and_grad(loss)(&p, x, t);
                let squares = grads.values().map(|g| g.powi(2).sum(..));
                let total = squares.reduce(|a, b| a + b);
                (value, total.map(|t| t.sqrt()))
            };
            let (value, norm) = vmap(norms)(&a["X"], &a["T"]);
            Outputs::default()
                .with("value", value)
                .with("norm", norm.expect("there are parameters"))
        }
        "grad_of_vmap" => {
            let over = || BatchAxes::inputs([None, Some(0), Some(0)]);
            let mean = |p: &Named| vmap_with(loss, over())(p, &a["X"], &a["T"]).mean(..);
            gradients(grad(mean)(&parameters(a)))
        }
        "vmap_jacobian" => {
            let x = &a["x"];
            Outputs::default()
                .with("jacfwd", vmap(jacfwd(three))(x))
                .with("jacrev", vmap(jacrev(three))(x))
                .with("hess", vmap(hessian(|x: &Array| three(x).sum(..)))(x))
        }
        "vmap_vjp_rows" => {
            let f = |x: &Array| a["A"].matmul(x).tanh();
            let pull = |c: &Array| vjp(f, (a["x"].clone(),)).1(c).0;
            vmap(pull)(&Array::eye(3, a["x"].dtype())).into()
        }
        "vmap_jvp_cols" => {
            let f = |x: &Array| a["A"].matmul(x).tanh();
            let push = |t: &Array| jvp(f, (a["x"].clone(),), (t.clone(),)).1;
            let columns = vmap_with(push, BatchAxes::default().output(1));
            columns(&Array::eye(4, a["x"].dtype())).into()
        }
        "vmap_of_jit" => {
            let f = |u: &Array, v: &Array| u.logsumexp(..) * v;
            Outputs::default()
                .with("vmap_jit", vmap(jit(f))(&a["u"], &a["v"]))
                .with("jit_vmap", jit(vmap(f))(&a["u"], &a["v"]))
        }
        "vmap_grad_jit_vmap" => {
            let f = |s: &Array| s.sin() * s;
            grad(|x: &Array| vmap(jit(vmap(f)))(x).powi(2).sum(..))(&a["x"]).into()
        }
        "tree_prefix" => {
            let f = |t: &Named| {
                let (a, b) = (&t["a"], &t["b"]);
                let sums = [("m", a * b), ("s", a.sum(..) + b)];
                BTreeMap::from(sums.map(|(name, value)| (name.to_owned(), value)))
            };
            let part = |name: &str| (name.to_owned(), a[&format!("in.{name}")].clone());
            let out = vmap(f)(&Named::from([part("a"), part("b")]));
            out.into_iter()
                .map(|(name, value)| (format!("out.{name}"), value))
                .collect()
        }
        _ => return None,
    })
}

/// The weights among the inputs.
fn parameters(a: &Named) -> Named {
    let weights = ["W1", "b1", "W2"].map(|name| (name.to_owned(), a[name].clone()));
    Named::from(weights)
}

/// `Σ (tanh(x W1 + b1) W2 - t)²`.
fn loss(p: &Named, x: &Array, t: &Array) -> Array {
    let h = (x.matmul(&p["W1"]) + &p["b1"]).tanh();
    (h.matmul(&p["W2"]) - t).powi(2).sum(..)
}

fn gradients(grads: Named) -> Outputs {
    let named = grads
        .into_iter()
        .map(|(name, g)| (format!("grad.{name}"), g));
    named.collect()
}

fn three(x: &Array) -> Array {
    let (p, q) = (x.index(0), x.index(1));
    stack(&[&(&p * &q), &p.sin(), &q.powi(2)], 0)
}
