//! Loops that end when a condition says so, and counted loops.

use graxe_core::{Array, DType, fori_loop, select, while_loop};

use super::super::outputs::{Named, leaves, named};

pub(super) fn outputs(name: &str, a: &Named) -> Option<Named> {
    type Two = (Array, Array);
    let integer = |n: i32| Array::full((), n, DType::I32);
    Some(match name {
        "while_collatz" => {
            let step = |(n, steps): Two| {
                let even = (&n % 2).equal(0);
                (select(&even, n.floor_divide(2), 3 * &n + 1), steps + 1)
            };
            let start = (a["n"].clone(), Array::from(0));
            let (n, steps) = while_loop(|s: &Two| s.0.greater(1), step, start);
            named([("n", n), ("steps", steps)])
        }
        "while_newton" => {
            let off = |x: &Array| x.powi(2) - &a["a"];
            let going = |(x, k): &Two| off(x).abs().greater(1e-4) & k.less(50);
            let step = |(x, k): Two| (&x - off(&x) / (2 * &x), k + 1);
            let (x, k) = while_loop(going, step, (a["x"].clone(), Array::from(0)));
            named([("x", x), ("k", k)])
        }
        "while_never" => {
            let never = |_: &Array| Array::from(false);
            let out = while_loop(never, |x: Array| x * 2, a["x"].clone());
            leaves("out", &out)
        }
        "while_power_iteration" => named([("eig", largest_eigenvalue(&a["A"], &a["v"]))]),
        "fori_fib" => {
            let step = |_, (a, b): Two| (b.clone(), a + b);
            let (x, y) = fori_loop(0, &a["n"], step, (integer(0), integer(1)));
            named([("a", x), ("b", y)])
        }
        "fori_bounds" => {
            let bounds = [(2, 6), (0, 0), (5, 2), (-3, 1)];
            let all = bounds.map(|(lower, upper)| {
                let step = |i: Array, x: Array| x * 2 + i;
                let out = fori_loop(lower, upper, step, a["acc"].clone());
                (format!("({lower},{upper})"), out)
            });
            Named::from(all)
        }
        "fori_buffer" => {
            let step = |i: Array, b: Array| {
                let before = select(&i.greater(0), b.index(&(&i - 1)), 0.0);
                b.at(&i).set(a["x"].index(&i) + before)
            };
            leaves("out", &fori_loop(0, 6, step, Array::zeros(6, DType::F32)))
        }
        "fori_jacobi" => {
            let matrix = &a["A"];
            let on_diagonal = matrix * Array::eye(3, matrix.dtype());
            let (diagonal, rest) = (on_diagonal.sum(1), matrix - &on_diagonal);
            let sweep = |_: Array, x: Array| (&a["b"] - rest.matmul(&x)) / &diagonal;
            leaves("out", &fori_loop(0, 20, sweep, Array::zeros(3, DType::F32)))
        }
        _ => return None,
    })
}

fn largest_eigenvalue(matrix: &Array, v: &Array) -> Array {
    type State = (Array, Array, Array);
    let unit = |u: &Array| u / u.powi(2).sum(..).sqrt();
    let going = |(v, old, k): &State| (v - old).abs().max(..).greater(1e-5) & k.less(100);
    let step = |(v, _, k): State| (unit(&matrix.matmul(&v)), v, k + 1);
    let start = (unit(v), Array::zeros(3, DType::F32), Array::from(0));
    let (v, _, _) = while_loop(going, step, start);
    v.matmul(matrix).matmul(&v)
}
