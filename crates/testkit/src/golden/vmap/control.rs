//! Batches of branches and loops.

use graxe_core::{
    Array, BatchAxes, cond, fori_loop, grad, scan, switch, vmap, vmap_with, while_loop,
};

use super::super::outputs::{Named, leaves, named};

pub(super) fn outputs(name: &str, a: &Named) -> Option<Named> {
    let x = || &a["x"];
    Some(match name {
        "vmap_cond" => {
            let of = |p: &Array, x: &Array| cond(p, Array::sin, |x| x * 10, x);
            let sign = |p: &Array| cond(p, |()| Array::from(1.0), |()| Array::from(-1.0), &());
            let taken = |x: &Array| cond(true, Array::sin, |x| x * 10, x);
            named([
                ("p_and_x", vmap(of)(&a["p"], x())),
                ("p_only", vmap(sign)(&a["p"])),
                ("x_only", vmap(taken)(x())),
            ])
        }
        "vmap_cond_nan" => {
            let f = |x: &Array| cond(x.greater(0), Array::log, |x| x * 0.0, x);
            named([("value", vmap(f)(x())), ("grad", vmap(grad(f))(x()))])
        }
        "vmap_switch" => {
            let f = |i: &Array, x: &Array| {
                let branches: [&dyn Fn(&Array) -> Array; 3] =
                    [&Array::clone, &|x| x.powi(2), &|x| -x];
                switch(i, &branches, x)
            };
            leaves("out", &vmap(f)(&a["i"], x()))
        }
        "vmap_scan" => {
            let f = |c: &Array, xs: &Array| {
                let step = |c: Array, x: Array| (0.5 * &c + &x, (0.5 * c + x).powi(2));
                scan(step, c.clone(), xs)
            };
            let over =
                |c: Option<isize>, xs: Option<isize>| vmap_with(f, BatchAxes::inputs([c, xs]));
            let all = [
                ("xs_only", over(None, Some(0))(&a["c0"].index(0), &a["xs"])),
                ("c0_only", over(Some(0), None)(&a["c0"], &a["xs"].index(0))),
                ("both_01", over(Some(0), Some(1))(&a["c0"], &a["xt"])),
            ];
            let named =
                all.map(|(name, (c, ys))| [(format!("{name}.c"), c), (format!("{name}.ys"), ys)]);
            named.into_iter().flatten().collect()
        }
        "vmap_while" => {
            let f = |x: &Array| {
                type Two = (Array, Array);
                let large = |(x, _): &Two| x.abs().greater(1);
                let halve = |(x, n): Two| (x / 2, n + 1);
                while_loop(large, halve, (x.clone(), Array::from(0)))
            };
            let (x, n) = vmap(f)(x());
            named([("x", x), ("n", n)])
        }
        "vmap_fori" => {
            let f = |x: &Array, n: &Array| fori_loop(0, n, |i, x| x * 2 + i, x.clone());
            leaves("out", &vmap(f)(x(), &a["n"]))
        }
        "vmap_scan_grad" => {
            let last = |x: &Array| {
                let step = |c: Array, t: Array| ((c * t).tanh(), ());
                scan(step, x.clone(), &a["w"]).0
            };
            leaves("out", &vmap(grad(last))(&a["x0"]))
        }
        _ => return None,
    })
}
