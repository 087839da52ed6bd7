//! Loops along an axis, prefixes and maps.

use graxe_core::{
    Array, DType, ScanOptions, Tree, arange, associative_scan, associative_scan_with, concatenate,
    grad, jit, jvp, map, map_batched, scan, scan_with, select, sigmoid,
};

use super::super::outputs::{Named, leaves, loop_results, named};

fn zero() -> Array {
    Array::zeros((), DType::F32)
}

pub(super) fn outputs(name: &str, a: &Named) -> Option<Named> {
    let steps = 5;
    Some(match name {
        "scan_cumsum" => loop_results(scan(running_sum(1.0), zero(), &a["xs"])),
        "scan_reverse" => {
            let step = |c: Array, x: Array| (0.5 * &c + x, c);
            let start = Array::ones(2, DType::F32);
            let options = ScanOptions::default().reverse();
            loop_results(scan_with(step, start, &a["xs"], options))
        }
        "scan_no_xs" => {
            let step = |c: Array, (): ()| (&c * 1.1 + 1, c);
            let options = ScanOptions::default().length(steps);
            loop_results(scan_with(step, a["x"].clone(), &(), options))
        }
        "scan_no_ys" => {
            let step = |c: Array, x: Array| ((c + x).tanh(), ());
            loop_results(scan(step, a["c0"].clone(), &a["xs"]))
        }
        "scan_unroll" => {
            let step = |c: Array, x: Array| (&c * &x + 1, c - x);
            let turns = [("1", 1), ("2", 2), ("3", 3), ("True", steps)];
            let all = turns.into_iter().flat_map(|(name, turn)| {
                let options = ScanOptions::default().unroll(turn);
                let results = scan_with(step, a["c0"].clone(), &a["xs"], options);
                let named = loop_results(results).into_iter();
                named.map(move |(key, array)| (format!("{key}.unroll{name}"), array))
            });
            all.collect()
        }
        "scan_tree" => tree(a),
        "cumreductions" => {
            let x = &a["x"];
            named([
                ("cumsum", x.cumsum(0)),
                ("cumprod", x.cumprod(0)),
                ("cummax", x.cummax(0)),
                ("cumlogsumexp", x.cumlogsumexp(0)),
            ])
        }
        "scan_length0" => {
            let step = |c: Array, x: Array| (&c + &x, c * x);
            loop_results(scan(step, a["c0"].clone(), &a["xs"]))
        }
        "scan_matrix_carry" => {
            let step = |s: Array, u: Array| {
                let next = a["A"].matmul(&s) + a["B"].matmul(&u);
                let seen = a["C"].matmul(&next);
                (next, seen)
            };
            loop_results(scan(step, a["s"].clone(), &a["u"]))
        }
        "scan_nested" => {
            let row = |c: Array, r: Array| scan(running_sum(0.9), c, &r);
            loop_results(scan(row, zero(), &a["x"]))
        }
        "scan_index_xs" => {
            let step = |c: Array, i: Array| (c + a["buf"].index(&i) * &i, i * 2);
            loop_results(scan(step, zero(), &arange(steps as i32)))
        }
        "scan_lstm" => {
            let start = (a["h"].clone(), a["c"].clone());
            loop_results(scan(|s, x| lstm(s, &x, &a["W"], &a["b"]), start, &a["xs"]))
        }
        "scan_bool_int" => {
            let step = |(count, last): (Array, Array), (i, x): (Array, Array)| {
                let positive = x.greater(0);
                let last = select(&positive, i, last);
                ((count + &positive, last), positive)
            };
            let integer = |n: i32| Array::full((), n, DType::I32);
            let xs = (arange(steps as i32), a["xs"].clone());
            loop_results(scan(step, (integer(0), integer(-1)), &xs))
        }
        "scan_under_jit_grad_jvp" => derivatives(&a["xs"]),
        "map_rows" => {
            let f = |(r, s): (Array, Array)| (&r * s, r.sum(..));
            let xs = (a["x"].clone(), a["y"].clone());
            let (plain, batched) = (map(f, &xs), map_batched(f, &xs, 2));
            named([
                ("a.plain", plain.0),
                ("b.plain", plain.1),
                ("a.batched", batched.0),
                ("b.batched", batched.1),
            ])
        }
        _ => return prefixes(name, a),
    })
}

/// `c ← decay c + x`, collecting the carry.
fn running_sum(decay: f64) -> impl Fn(Array, Array) -> (Array, Array) {
    move |c, x| {
        let c = if decay == 1.0 { c + x } else { decay * c + x };
        (c.clone(), c)
    }
}

/// What a step of `scan_tree` collects.
#[derive(Clone, Tree)]
struct Collected {
    norm: Array,
    pair: (Array, Array),
}

fn tree(a: &Named) -> Named {
    let step = |c: Named, (a, b): (Array, Array)| {
        let h = (&c["h"] + &a).tanh() * &b;
        let n = &c["n"] + 1;
        let ys = Collected {
            norm: h.powi(2).sum(..),
            pair: (a * b, n.clone()),
        };
        (named([("h", h), ("n", n)]), ys)
    };
    let count = Array::zeros((), DType::I32);
    let start = named([("h", a["h"].clone()), ("n", count)]);
    loop_results(scan(step, start, &(a["a"].clone(), a["b"].clone())))
}

fn lstm((h, c): (Array, Array), x: &Array, w: &Array, b: &Array) -> ((Array, Array), Array) {
    let z = concatenate(&[x, &h], 0).matmul(w) + b;
    let gates = z.split(4, 0);
    let c = sigmoid(&gates[1]) * c + sigmoid(&gates[0]) * gates[3].tanh();
    let h = sigmoid(&gates[2]) * c.tanh();
    ((h.clone(), c), h)
}

fn derivatives(xs: &Array) -> Named {
    let last = |xs: &Array| scan(|c: Array, x: Array| (c.sin() + x, ()), zero(), xs).0;
    let along = |xs: &Array| {
        let ones = Array::ones(xs.shape(), xs.dtype());
        jvp(last, (xs.clone(),), (ones,)).1
    };
    named([
        ("value", jit(last)(xs)),
        ("grad", jit(grad(jit(last)))(xs)),
        ("jvp", jit(along)(xs)),
    ])
}

fn prefixes(name: &str, a: &Named) -> Option<Named> {
    Some(match name {
        "associative_scan_ops" => {
            let (x, add) = (&a["x"], |a: Array, b: Array| a + b);
            named([
                ("add", associative_scan(add, x)),
                ("mul", associative_scan(|a: Array, b: Array| a * b, x)),
                (
                    "max",
                    associative_scan(|a: Array, b: Array| a.maximum(b), x),
                ),
                ("add_reverse", associative_scan_with(add, x, 0, true)),
                ("add_axis1", associative_scan_with(add, x, 1, false)),
            ])
        }
        "associative_scan_affine" => {
            type Map = (Array, Array);
            let after = |p: Map, q: Map| (&p.0 * &q.0, &q.0 * &p.1 + &q.1);
            let maps = (a["a"].clone(), a["b"].clone());
            let (slope, shift) = associative_scan(after, &maps);
            named([("a", slope), ("b", shift)])
        }
        "associative_scan_matmul" => leaves(
            "out",
            &associative_scan(|p: Array, q: Array| p.matmul(&q), &a["x"]),
        ),
        _ => return None,
    })
}
