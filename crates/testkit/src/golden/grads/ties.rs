//! Gradients where a function has a kink, a tie, a zero or an infinity, and through reads and writes.

use graxe_core::{
    Arg0, Arg1, Array, Cumulative, Mode, arange, grad, grad_at, hessian, log_softmax, relu,
    segment_max, segment_sum, select, softmax, vmap,
};

use super::super::outputs::{Named, Outputs};

pub(super) fn outputs(family: &str, a: &Named) -> Option<Outputs> {
    Some(match family {
        "at_zero" => at_zero(&a["x"], &a["s"]),
        "max_ties" => ties(a),
        "prod_and_cumulative" => products(&a["x"]),
        "gather_oob" => outside(&a["x"], &a["i"], &a["t"]),
        "scatter_grads" => writes(a),
        "logsumexp_inf" => infinities(&a["x"]),
        _ => return None,
    })
}

fn norm(x: &Array) -> Array {
    x.powi(2).sum(..).sqrt()
}

fn safe_norm(x: &Array) -> Array {
    let square = x.powi(2).sum(..);
    let root = select(&square.equal(0), 1.0, &square).sqrt();
    select(&x.sum(..).equal(0), 0.0, root)
}

fn at_zero(x: &Array, s: &Array) -> Outputs {
    type Function = fn(&Array) -> Array;
    let of_scalar: [(&str, Function); 9] = [
        ("sqrt'(0)", Array::sqrt),
        ("abs'(0)", Array::abs),
        ("relu'(0)", relu),
        ("log'(0)", Array::log),
        ("1/x'(0)", |s| 1 / s),
        ("s*log(s)", |s| s * s.log()),
        ("xlogy(s,s)", |s| s.xlogy(s)),
        ("one_where: where(s>0,sqrt(s),0)", |s| {
            select(&s.greater(0), s.sqrt(), 0.0)
        }),
        ("two_where: where(s>0,sqrt(where(s>0,s,1)),0)", |s| {
            let positive = s.greater(0);
            select(&positive, select(&positive, s, 1.0).sqrt(), 0.0)
        }),
    ];
    let of_vector: [(&str, Function); 5] = [
        ("sqrt(sum(x**2))", norm),
        ("linalg.norm", norm),
        ("safe_norm", safe_norm),
        ("sum|x|", |x| x.abs().sum(..)),
        ("max|x|", |x| x.abs().max(..)),
    ];
    let scalars = of_scalar.map(|(name, f)| (name, grad(f)(s)));
    let vectors = of_vector.map(|(name, f)| (name, grad(f)(x)));
    let constant = x + 2.0;
    scalars
        .into_iter()
        .chain(vectors)
        .collect::<Outputs>()
        .with("norm_value", norm(x))
        .with(
            "hypot(s,s) d0",
            grad(|x: &Array, y: &Array| x.hypot(y))(s, s),
        )
        .with(
            "arctan2(s,1) d0",
            grad(|x: &Array, y: &Array| x.arctan2(y))(s, &(s + 1)),
        )
        .with("std(const)", grad(|x: &Array| x.std(..))(&constant))
        .with("var(const)", grad(|x: &Array| x.var(..))(&constant))
}

fn ties(a: &Named) -> Outputs {
    let (x, y, m, ids) = (&a["x"], &a["y"], &a["m"], &a["ids"]);
    let weights = |w: &[f64]| Array::from_vec(w.to_vec(), w.len()).astype(x.dtype());
    let (rows, pair) = (weights(&[1.0, 2.0, 3.0]), weights(&[1.0, 10.0]));
    let larger = |x: &Array, y: &Array| x.maximum(y).sum(..);
    let smaller = |x: &Array, y: &Array| x.minimum(y).sum(..);
    let equal = |x: &Array| select(&x.equal(x.max(..)), x, 0.0).sum(..);
    let count = |n: i32| arange(n).astype(x.dtype());
    let sorted = |x: &Array| (x.sort(-1) * count(x.size() as i32)).sum(..);
    let largest = |x: &Array| (x.top_k(3).0 * (1 + count(3))).sum(..);
    let segments = |x: &Array| (segment_max(x, ids, 2) * &pair).sum(..);
    Outputs::default()
        .with("max", grad(|x: &Array| x.max(..))(x))
        .with("min", grad(|x: &Array| x.min(..))(x))
        .with("max_axis1", grad(|m: &Array| (m.max(1) * &rows).sum(..))(m))
        .with("maximum_d0", grad_at(larger, Arg0)(x, y))
        .with("maximum_d1", grad_at(larger, Arg1)(x, y))
        .with("minimum_d0", grad_at(smaller, Arg0)(x, y))
        .with("amax_keepdims", grad(|x: &Array| x.max(..).powi(2))(x))
        .with("sort", grad(sorted)(x))
        .with("top_k", grad(largest)(x))
        .with("median", grad(|x: &Array| x.median(..))(x))
        .with("where_eq", grad(equal)(x))
        .with("argmax_gather", grad(|x: &Array| x.index(x.argmax(..)))(x))
        .with("segment_max", grad(segments)(x))
}

fn products(x: &Array) -> Outputs {
    let prod = |x: &Array| x.prod(..);
    let weights = 1 + arange(x.size() as i32).astype(x.dtype());
    let weighted = |f: fn(&Array) -> Array| {
        let weights = &weights;
        grad(move |x: &Array| (f(x) * weights).sum(..))(x)
    };
    let back = |x: &Array| x.cumsum_with(Cumulative::axis(0).reverse());
    Outputs::default()
        .with("cumprod", weighted(|x| x.cumprod(0)))
        .with("cumsum", grad(|x: &Array| x.cumsum(0).powi(2).sum(..))(x))
        .with("cumsum_reverse", weighted(back))
        .with("cummax", weighted(|x| x.cummax(0)))
        .with("cumlogsumexp", weighted(|x| x.cumlogsumexp(0)))
        .with("prod", grad(prod)(x))
        .with("prod_two_zeros", grad(prod)(&x.at(0).set(0.0)))
        .with("hess_prod", hessian(prod)(x))
}

fn outside(x: &Array, i: &Array, t: &Array) -> Outputs {
    let through = |mode: Mode| {
        let read = move |x: &Array| (x.take_with(i, 0, mode) * t).sum(..);
        grad(read)(x)
    };
    Outputs::default()
        .with("x[i]", grad(|x: &Array| (x.index(i) * t).sum(..))(x))
        .with("take_fill0", through(Mode::FillWith(0.0)))
        .with("take_clip", through(Mode::Clip))
        .with("take_wrap", through(Mode::Wrap))
}

fn writes(a: &Named) -> Outputs {
    let (x, i, v, t) = (&a["x"], &a["i"], &a["v"], &a["t"]);
    let (unique, few) = (&a["iu"], |v: &Array| v.index(..3));
    let both = |f: &(dyn Fn(&Array, &Array) -> Array + Send + Sync), v: &Array| {
        grad_at(|x: &Array, v: &Array| (f(x, v) * t).sum(..), (Arg0, Arg1))(x, v)
    };
    let at = |n: i32| Array::from_vec(vec![n], ());
    let (start, late) = (&at(4), &at(5));
    let add = both(&|x, v| x.at(i).add(v), v);
    let set = both(&|x, v| x.at(unique).set(few(v)), v);
    let multiply = both(&|x, v| x.at(unique).multiply(few(v)), v);
    let window = both(&|x, u| x.dynamic_update_slice(u, &[late]), &few(v));
    let highest = |v: &Array| {
        let high = segment_max(v, i, 6);
        (select(&high.is_finite(), &high, 0.0) * t).sum(..)
    };
    let slice = |x: &Array| (x.dynamic_slice(&[start], &[4]) * t.index(..4)).sum(..);
    Outputs::default()
        .with("add_dx", add.0)
        .with("add_dv", add.1)
        .with("set_dx", set.0)
        .with("set_dv", set.1)
        .with("multiply_dx", multiply.0)
        .with("multiply_dv", multiply.1)
        .with("dus_dx", window.0)
        .with("dus_du", window.1)
        .with(
            "segment_sum_dv",
            grad(|v: &Array| (segment_sum(v, i, 6) * t).sum(..))(v),
        )
        .with("segment_max_dv", grad(highest)(v))
        .with("ds_dx", grad(slice)(x))
}

fn infinities(x: &Array) -> Outputs {
    let fold = |r: &Array| r.logsumexp(..);
    Outputs::default()
        .with("logsumexp", vmap(fold)(x))
        .with("grad", vmap(grad(fold))(x))
        .with(
            "softmax_first_grad",
            vmap(grad(|r: &Array| softmax(r, -1).index(0)))(x),
        )
        .with(
            "log_softmax_first_grad",
            vmap(grad(|r: &Array| log_softmax(r, -1).index(0)))(x),
        )
}
