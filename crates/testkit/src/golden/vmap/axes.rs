//! Where the batch stands, and the batching of single operations.

use graxe_core::random::{Key, uniform};
use graxe_core::{
    Array, BatchAxes, BatchAxis, DType, NEW_AXIS, arange, segment_max, segment_sum, softmax, stack,
    vmap, vmap_with,
};

use super::super::outputs::{Named, Outputs};

/// Axes of two arguments; `None` is shared.
fn pair(x: Option<isize>, y: Option<isize>) -> BatchAxes {
    BatchAxes::inputs([x, y])
}

pub(super) fn outputs(name: &str, a: &Named) -> Option<Outputs> {
    let x = || &a["x"];
    Some(match name {
        "axes_binary_dot" => {
            let dot = |u: &Array, v: &Array| (u * v).sum(..);
            let over = |axes, x: &str, y: &str| vmap_with(dot, axes)(&a[x], &a[y]);
            Outputs::default()
                .with("(0,1)", over(pair(Some(0), Some(1)), "a", "b"))
                .with("(None,1)", over(pair(None, Some(1)), "u", "b"))
                .with("(1,0)", over(pair(Some(1), Some(0)), "a", "b"))
                .with("(0,None)", over(pair(Some(0), None), "a", "u"))
        }
        "axes_unary" => ["0", "1", "2", "-1"]
            .iter()
            .flat_map(|from| ["0", "1", "2", "-1"].map(|to| (*from, to)))
            .map(|(from, to)| {
                let axis = |text: &str| text.parse::<isize>().unwrap_or_default();
                let places = BatchAxes::inputs([axis(from)]).output(axis(to));
                let doubled = |m: &Array| 2 * m.cumsum(0);
                (
                    format!("in={from};out={to}"),
                    vmap_with(doubled, places)(x()),
                )
            })
            .collect(),
        "constant_output" => {
            let constant = |_: &Array| (Array::from(7), Array::zeros(2, DType::F32));
            let (seven, zeros) = vmap(constant)(&a["a"]);
            Outputs::default().with("o0", seven).with("o1", zeros)
        }
        "closure" => vmap(|u: &Array| u.matmul(&a["C"]) + &a["k"])(&a["a"]).into(),
        "scalar_batch_matmul" => {
            let product = |x: &Array, y: &Array| x.matmul(y);
            let last = x().transpose(&[1, 2, 0]);
            let both = BatchAxes::inputs([2, 0]).output(1);
            Outputs::default()
                .with("(0,0)", vmap(product)(x(), &a["y"]))
                .with(
                    "(0,None)",
                    vmap_with(product, pair(Some(0), None))(x(), &a["z"]),
                )
                .with("(2,0)->1", vmap_with(product, both)(&last, &a["y"]))
        }
        "nested_pairwise" => {
            let rows = |u: &Array| {
                let kernel = |v: &Array| (-(u - v).powi(2).sum(..)).exp();
                vmap(kernel)(&a["y"])
            };
            vmap(rows)(x()).into()
        }
        "nested_axes" => {
            let f = |u: &Array, v: &Array| stack(&[&(u * v.sum(..)), &(u + v.index(0))], 0);
            let inner = vmap_with(f, pair(Some(0), None));
            vmap_with(inner, pair(None, Some(1)).output(2))(x(), &a["y"]).into()
        }
        "triple" => {
            let f = |p: &Array, q: &Array, r: &Array| p * q + r.sin();
            vmap(vmap(vmap(f)))(x(), &a["y"], &a["z"]).into()
        }
        "reduction_axes" => reductions(x()),
        "vmap_sort_argmax" => {
            let over = |f: fn(&Array) -> Array| vmap_with(f, BatchAxes::inputs([1]))(x());
            Outputs::default()
                .with("sort", over(|x| x.sort(-1)))
                .with("argsort", over(|x| x.argsort(-1)))
                .with("argmax", over(|x| x.argmax(..)))
                .with("cumsum", over(|x| x.cumsum(..)))
                .with("softmax", over(|x| softmax(x, -1)))
                .with("var", over(|x| x.var(..)))
                .with("flip", over(|x| x.flip(0)))
        }
        "vmap_random" => {
            let keys = Key::new(i64::from(a["seed"].item::<i32>())).split_array(3);
            let draw = |key: &Array| uniform(&Key::from_array(key.clone()), 2, DType::F32);
            vmap(draw)(&keys).into()
        }
        _ => return places(name, a),
    })
}

fn reductions(x: &Array) -> Outputs {
    let over = |f: fn(&Array) -> Array| vmap_with(f, BatchAxes::inputs([BatchAxis::At(1)]))(x);
    Outputs::default()
        .with("sum-1", over(|m| m.sum(-1)))
        .with("max0", over(|m| m.max(0)))
        .with("mean", over(|m| m.mean(..)))
        .with("reshape", over(|m| m.reshape([-1])))
        .with("T", over(Array::t))
        .with("keep", over(|m| m.sum(0).expand_dims(0)))
        .with("expand", over(|m| m.expand_dims(0).expand_dims(-1)))
}

/// Reads and writes at computed places.
fn places(name: &str, a: &Named) -> Option<Outputs> {
    let first = |name: &str| a[name].index(0);
    Some(match name {
        "vmap_gather" => {
            let read = |x: &Array, i: &Array| x.index(i);
            Outputs::default()
                .with("both", vmap(read)(&a["x"], &a["i"]))
                .with("i_only", vmap(|i: &Array| read(&first("x"), i))(&a["i"]))
                .with("x_only", vmap(|x: &Array| read(x, &first("i")))(&a["x"]))
        }
        "vmap_scatter_add" => {
            let add = |x: &Array, i: &Array, v: &Array| x.at(i).add(v);
            let values = |v: &Array| add(&first("x"), &first("i"), v);
            Outputs::default()
                .with("all", vmap(add)(&a["x"], &a["i"], &a["v"]))
                .with("v_only", vmap(values)(&a["v"]))
        }
        "vmap_dynamic_slice" => {
            let window = |x: &Array, i: &Array| x.dynamic_slice(&[i], &[2]);
            let second = a["x"].index(1);
            Outputs::default()
                .with("both", vmap(window)(&a["x"], &a["i"]))
                .with("i_only", vmap(|i: &Array| window(&second, i))(&a["i"]))
        }
        "vmap_dus" => {
            let write = |u: &Array, i: &Array| a["x"].dynamic_update_slice(u, &[i]);
            vmap(write)(&a["u"], &a["i"]).into()
        }
        "vmap_segment_sum" => {
            let sum = |x: &Array, ids: &Array| segment_sum(x, ids, 3);
            let max = |x: &Array, ids: &Array| segment_max(x, ids, 3);
            Outputs::default()
                .with("x_only", vmap(|x: &Array| sum(x, &first("ids")))(&a["x"]))
                .with("both", vmap(sum)(&a["x"], &a["ids"]))
                .with("max", vmap(max)(&a["x"], &a["ids"]))
        }
        "vmap_conv_like" => {
            let windows = arange(4).index((.., NEW_AXIS)) + arange(3);
            vmap(|x: &Array| x.index(&windows).matmul(&a["k"]))(&a["x"]).into()
        }
        _ => return None,
    })
}
