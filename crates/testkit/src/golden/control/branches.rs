//! Branches.

use graxe_core::{Array, Tree, cond, scan, stack, switch};

use super::super::outputs::{Named, leaves, loop_results};

pub(super) fn outputs(name: &str, a: &Named) -> Option<Named> {
    let x = || &a["x"];
    Some(match name {
        "cond_basic" => {
            let both = [("True", true), ("False", false)].map(|(name, p)| {
                let sine = |x: &Array| (x.sin(), Array::from(1));
                let (y, tag) = cond(p, sine, |x| (x * 2, Array::from(0)), x());
                [(format!("y.{name}"), y), (format!("tag.{name}"), tag)]
            });
            both.into_iter().flatten().collect()
        }
        "cond_number_predicate" => {
            let step = |p: Array| cond(p, |x: &Array| x + 1, |x| x - 1, x());
            let numbers = [
                ("3", Array::from(3)),
                ("0", Array::from(0)),
                ("-1.5", Array::from(-1.5)),
                ("0.0", Array::from(0.0)),
            ];
            let all = numbers.map(|(name, p)| (name.to_owned(), step(p)));
            Named::from(all)
        }
        "cond_operands" => {
            type Two = (Array, Array);
            let out = |m: Array, k: &Array| Kept { m, k: (k.clone(),) };
            let left = |(a, b): &Two| out(a - b, a);
            let right = |(a, b): &Two| out(b - a, b);
            let operands = (x().clone(), a["y"].clone());
            leaves("out", &cond(x().greater(&a["y"]), left, right, &operands))
        }
        "cond_nested" => {
            let one = |v: &Array| {
                let large = |v: &Array| cond(v.greater(1), |v: &Array| 10 * v, |v| 5 * v, v);
                cond(v.greater(0), large, |v| -v, v)
            };
            let each = [0, 1, 2].map(|i| one(&x().index(i)));
            leaves("out", &stack(&each.each_ref(), 0))
        }
        "switch" => {
            let branches: [&dyn Fn(&Array) -> Array; 4] =
                [&|x| x + 1, &|x| x * x, &Array::sin, &|x| -x];
            let all = (-2..6).map(|i| (i.to_string(), switch(i, &branches, x())));
            all.collect()
        }
        "cond_in_scan" => {
            let step = |c: Array, x: Array| {
                let next = cond(x.greater(0), |c: &Array| c + &x, |c| c * 0.5, &c);
                (next, c)
            };
            loop_results(scan(step, a["c"].clone(), &a["xs"]))
        }
        _ => return None,
    })
}

/// What the branches of `cond_operands` give.
#[derive(Clone, Tree)]
struct Kept {
    m: Array,
    k: (Array,),
}
