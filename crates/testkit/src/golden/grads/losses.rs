//! Scalar functions of several arrays: the families whose cases hold the value and gradients.

use graxe_core::{
    Array, DType, NEW_AXIS, arange, concatenate, elu, leaky_relu, log_softmax, logaddexp, relu,
    segment_max, segment_sum, select, softmax, softplus, step,
};

use super::super::outputs::Named;
use super::Loss;

/// The loss of a family.
pub(super) fn find(family: &str) -> Option<Loss> {
    let found = TABLE.iter().find(|(name, _)| *name == family);
    found.map(|(_, loss)| *loss)
}

const TABLE: &[(&str, Loss)] = &[
    ("poly_trig", |a| {
        let x = &a["x"];
        (x.sin() * x.powi(2) + (-x.powi(2)).exp()).sum(..)
    }),
    ("several_inputs", |a| {
        let (x, y, z) = (&a["x"], &a["y"], &a["z"]);
        x * y + x.sin() * z.powi(3) - y.log() / z
    }),
    ("broadcast", |a| {
        let (x, y, z) = (&a["x"], &a["y"], &a["z"]);
        ((x + y * z).powi(2) / (1 + z.powi(2))).sum(..)
    }),
    ("mlp_mse", |a| {
        let h = (a["x"].matmul(&a["W1"]) + &a["b1"]).tanh();
        (h.matmul(&a["W2"]) + &a["b2"] - &a["y"]).powi(2).mean(..)
    }),
    ("mlp_softmax_xent", |a| {
        let h = relu(&(a["x"].matmul(&a["W1"]) + &a["b1"]));
        cross_entropy(&(h.matmul(&a["W2"]) + &a["b2"]), &a["label"])
    }),
    ("bce_logits", |a| {
        let z = a["x"].matmul(&a["w"]) + &a["b"];
        (softplus(&z) - &a["y"] * &z).mean(..) + 0.05 * a["w"].powi(2).sum(..)
    }),
    ("gcn_dense", gcn_dense),
    ("gcn_edges", gcn_edges),
    ("gat_dense", gat_dense),
    ("gat_edges", gat_edges),
    ("layer_norm", |a| {
        let how = || graxe_core::Reduce::axis(-1).keepdims();
        let centred = &a["x"] - a["x"].mean_with(how());
        let variance = centred.powi(2).mean_with(how());
        let y = centred / (variance + 1e-5).sqrt() * &a["g"] + &a["b"];
        (y * &a["T"]).sum(..)
    }),
    ("batch_norm", |a| {
        let x = &a["x"];
        let y = (x - x.mean(0)) * (x.var(0) + 1e-5).rsqrt() * &a["g"] + &a["b"];
        (y.tanh() * &a["T"]).sum(..)
    }),
    ("attention", |a| {
        let (q, k) = (&a["q"], &a["k"]);
        let width = q.shape()[1] as f64;
        let weights = softmax(&(q.matmul(&k.t()) / width.sqrt()), -1);
        (weights.matmul(&a["v"]) * &a["T"]).sum(..)
    }),
    ("dirichlet_energy", |a| {
        let (w, x) = (&a["w"], &a["x"]);
        let degree = segment_sum(w, &a["dst"], x.shape()[0]);
        let y = x / (1 + degree).sqrt().expand_dims(1);
        let along = y.index(&a["src"]) - y.index(&a["dst"]);
        0.5 * (w * along.powi(2).sum(1)).sum(..)
    }),
    ("mean_aggregate", |a| {
        let (x, dst) = (&a["x"], &a["dst"]);
        let n = x.shape()[0];
        let ones = Array::ones(dst.shape(), x.dtype());
        let degree = segment_sum(&ones, dst, n).maximum(1).expand_dims(1);
        let mean = segment_sum(&x.index(&a["src"]), dst, n) / degree;
        (relu(&concatenate(&[x, &mean], 1).matmul(&a["W"])) * &a["T"]).sum(..)
    }),
    ("l2_normalize_rows", |a| {
        let x = &a["x"];
        let square = x.powi(2).sum(1).expand_dims(1);
        (x / square.maximum(1e-12).sqrt() * &a["T"]).sum(..)
    }),
    ("cosine_sim", |a| {
        let (a, b) = (&a["a"], &a["b"]);
        let norms = (a * a).sum(..).sqrt() * (b * b).sum(..).sqrt();
        (a * b).sum(..) / (norms + 1e-8)
    }),
    ("huber", |a| {
        let (x, d) = (&a["x"], &a["x"].abs());
        select(&d.less_equal(1), 0.5 * x.powi(2), d - 0.5).sum(..)
    }),
    ("einsum_mix", |a| {
        let (x, y) = (&a["x"], &a["y"]);
        let product = x.matmul(y) * a["z"].swap_axes(1, 2);
        product.sum(..) + x.index(0).matmul(&y.index(0)).trace()
    }),
    ("shape_ops", |a| {
        let t = a["x"].t().reshape([-1]);
        let u = [
            t.index(step(.., 2)),
            t.index(..3).pad(&[(1, 1)], 2),
            t.flip(0).index(1..4),
        ];
        let u = concatenate(&u.each_ref(), 0);
        (u.powi(2) * arange(u.size() as i32)).sum(..)
    }),
    ("reductions", |a| {
        let x = &a["x"];
        x.powi(2).mean(..)
            + x.var(..)
            + x.index(0).std(..)
            + x.prod(1).sum(..)
            + x.max(0).sum(..)
            + x.logsumexp(..)
    }),
    ("gather_repeats", |a| {
        (a["x"].index(&a["i"]).powi(2) * &a["t"]).sum(..)
    }),
    ("masked_where_chain", |a| {
        let x = &a["x"];
        let large = x.greater(0.3);
        let safe = select(&large, x, 1.0);
        select(&large, safe.log(), -x.powi(2)).sum(..)
    }),
    ("dropout_mask", |a| {
        let h = select(&a["mask"], &a["x"] / 0.6, 0.0);
        h.matmul(&a["W"]).powi(2).sum(..)
    }),
    ("norm_rsqrt_degree", |a| {
        let matrix = &a["A"];
        let degree = matrix.sum(1);
        let linked = degree.greater(0);
        let scale = select(&linked, select(&linked, &degree, 1.0).pow(-0.5), 0.0);
        (scale.expand_dims(1) * matrix * &scale * &a["T"]).sum(..)
    }),
    ("logaddexp_chain", |a| {
        let x = &a["x"];
        let chain = (1..x.size()).fold(x.index(0), |r, i| logaddexp(r, x.index(i)));
        chain + x.max(..)
    }),
    ("outer_kron", |a| {
        let (x, y) = (&a["x"], &a["y"]);
        let pairs = x.index((.., NEW_AXIS)) - y.index(NEW_AXIS);
        x.outer(y).powi(2).sum(..) + pairs.sin().sum(..)
    }),
    ("roll_repeat_tile", |a| {
        let x = &a["x"];
        (x.roll(2, 0) * x.index(..3).repeat(2, 0)).sum(..)
            + (x.tile(&[2]).powi(2) * arange(12)).sum(..)
    }),
    ("sort_weighted", |a| {
        let (x, t) = (&a["x"], &a["t"]);
        let chosen = x.index(t.argsort(-1)).powi(2) * t;
        (x.sort(-1) * t).sum(..) + chosen.sum(..)
    }),
    ("pool_readout", |a| {
        let x = &a["x"];
        let pooled = [x.mean(0), x.max(0), x.sum(0)];
        (concatenate(&pooled.each_ref(), 0) * &a["t"]).sum(..)
    }),
];

/// The mean negative log-likelihood of the labels.
fn cross_entropy(logits: &Array, labels: &Array) -> Array {
    let picked = log_softmax(logits, -1).take_along_axis(&labels.expand_dims(1), 1);
    -picked.mean(..)
}

fn gcn_dense(a: &Named) -> Array {
    let loops = &a["A"] + Array::eye(a["A"].shape()[0], a["A"].dtype());
    let scale = loops.sum(1).pow(-0.5);
    let p = scale.expand_dims(1) * loops * scale.expand_dims(0);
    let h = relu(&p.matmul(&a["X"].matmul(&a["W1"])));
    let z = p.matmul(&h.matmul(&a["W2"]));
    let fit = (log_softmax(&z, -1) * &a["Y"]).sum(1);
    -(&a["m"] * fit).sum(..) / a["m"].sum(..)
}

fn gcn_edges(a: &Named) -> Array {
    let n = a["X"].shape()[0];
    let loops = arange(n as i32).astype(DType::I32);
    let src = concatenate(&[&a["src"], &loops], 0);
    let dst = concatenate(&[&a["dst"], &loops], 0);
    let w = concatenate(&[&a["w"], &Array::ones(n, a["w"].dtype())], 0);
    let scale = segment_sum(&w, &dst, n).pow(-0.5);
    let c = scale.index(&src) * w * scale.index(&dst);
    let propagate = |h: &Array| segment_sum(&(c.expand_dims(1) * h.index(&src)), &dst, n);
    let h = (propagate(&a["X"].matmul(&a["W1"])) + &a["b1"]).tanh();
    cross_entropy(&(propagate(&h.matmul(&a["W2"])) + &a["b2"]), &a["y"])
}

/// The features by head, `[nodes, heads, width]`.
fn heads(a: &Named) -> Array {
    let (n, heads) = (a["X"].shape()[0] as isize, a["a1"].shape()[0] as isize);
    a["X"].matmul(&a["W"]).reshape([n, heads, -1])
}

fn gat_dense(a: &Named) -> Array {
    let n = a["X"].shape()[0] as isize;
    let h = heads(a);
    let left = (&h * &a["a1"]).sum(-1).expand_dims(1);
    let right = (&h * &a["a2"]).sum(-1).expand_dims(0);
    let e = leaky_relu(&(left + right), 0.2);
    let e = select(&a["A"].expand_dims(-1).greater(0), e, -1e9);
    // Σ_j alpha[i,j,h] · h[j,h,c], with the heads as the batch.
    let alpha = softmax(&e, 1).transpose(&[2, 0, 1]);
    let out = alpha.matmul(&h.transpose(&[1, 0, 2]));
    let out = out.transpose(&[1, 0, 2]).reshape([n, -1]);
    (elu(&out, 1.0) * &a["T"]).sum(..)
}

fn gat_edges(a: &Named) -> Array {
    let (src, dst, n) = (&a["src"], &a["dst"], a["X"].shape()[0]);
    let h = heads(a);
    let to = (&h * &a["a1"]).sum(-1).index(dst);
    let from = (&h * &a["a2"]).sum(-1).index(src);
    let e = leaky_relu(&(to + from), 0.2);
    let high = segment_max(&e, dst, n).stop_gradient();
    let weights = (e - high.index(dst)).exp();
    let alpha = &weights / segment_sum(&weights, dst, n).index(dst);
    let out = segment_sum(&(alpha.expand_dims(-1) * h.index(src)), dst, n);
    (out.reshape([n as isize, -1]) * &a["T"]).sum(..)
}
