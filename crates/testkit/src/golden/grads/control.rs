//! Derivatives of branches and loops.

use graxe_core::{
    Array, ScanOptions, arange, associative_scan, cond, fori_loop, grad, hessian, jacfwd, jvp,
    scan, scan_with, switch, while_loop,
};

use super::super::outputs::{Named, named};
use super::Loss;

/// The loss of a family.
pub(super) fn find(family: &str) -> Option<Loss> {
    Some(match family {
        "scan_rnn" => |a| {
            let step = |h: Array, x: Array| {
                let h = (h.matmul(&a["W"]) + x.matmul(&a["U"])).tanh();
                (h.clone(), h.powi(2).sum(..))
            };
            let (last, ys) = scan(step, a["h0"].clone(), &a["xs"]);
            let weights = arange(ys.size() as i32) + 1;
            last.sum(..) + (weights * ys).sum(..)
        },
        "scan_reverse" => |a| {
            let step = |c: Array, (a, x): (Array, Array)| {
                let c = c * a + x.sin();
                (c.clone(), c)
            };
            let start = Array::ones((), a["x"].dtype());
            let xs = (a["a"].clone(), a["x"].clone());
            let (c, ys) = scan_with(step, start, &xs, ScanOptions::default().reverse());
            (ys * &a["w"]).sum(..) + c.powi(2)
        },
        "fori_static" => |a| {
            let step = |i: Array, x: Array| &x - 0.1 * x.powi(3) + i * 0.01;
            fori_loop(0, 6, step, a["x"].clone()).powi(2).sum(..)
        },
        "associative_scan" => |a| {
            let products = associative_scan(|a: Array, b: Array| a * b, &a["x"]);
            (products * &a["w"]).sum(..)
        },
        _ => return None,
    })
}

pub(super) fn outputs(family: &str, a: &Named) -> Option<Named> {
    let x = &a["x"];
    Some(match family {
        "while_forward" => {
            let f = |x: &Array| {
                let large = |x: &Array| x.powi(2).sum(..).greater(1);
                while_loop(large, |x| 0.7 * &x + 0.1 * x.sin(), x.clone())
            };
            let (out, tangent) = jvp(f, (x.clone(),), (a["t"].clone(),));
            named([("out", out), ("tangent", tangent)])
        }
        "cond_grads" => branches(x),
        "scan_hessian" => {
            let f = |x: &Array| {
                let step = |c: Array, t: Array| (c.sin() * t + c, ());
                scan(step, x.powi(2).sum(..), &a["a"]).0
            };
            named([
                ("value", f(x)),
                ("hessian", hessian(f)(x)),
                ("fwd_fwd", jacfwd(jacfwd(f))(x)),
            ])
        }
        _ => return None,
    })
}

fn branches(x: &Array) -> Named {
    let of = |p: &Array, x: &Array| {
        let sine = |x: &Array| x.sin().sum(..);
        cond(p, sine, |x| x.powi(3).sum(..), x)
    };
    let fixed = |p: bool| grad(|x: &Array| of(&Array::from(p), x))(x);
    let decided = grad(|x: &Array| of(&x.sum(..).greater(0), x))(x);
    let first = |x: &Array| cond(x.index(0).greater(0), Array::sin, |x| x.powi(3), x);
    let ones = Array::ones(x.shape(), x.dtype());
    let mut all = named([
        ("true", fixed(true)),
        ("false", fixed(false)),
        ("data_dependent", decided),
        ("jvp", jvp(first, (x.clone(),), (ones,)).1),
    ]);
    for i in [-1, 0, 1, 2, 9] {
        let chosen = |x: &Array| {
            let branches: [&dyn Fn(&Array) -> Array; 3] =
                [&|x| x.sum(..), &|x| x.powi(2).sum(..), &|x| x.exp().sum(..)];
            switch(i, &branches, x)
        };
        all.insert(format!("switch{i}"), grad(chosen)(x));
    }
    all
}
