//! Elements read and written at computed places.

use graxe_core::{
    Array, ELLIPSIS, Mode, NEW_AXIS, segment_max, segment_min, segment_prod, segment_softmax,
    segment_sum, select, step,
};

use super::super::Case;
use super::super::outputs::{Named, Outputs};

pub(super) fn outputs(case: &Case, a: &Named) -> Option<Outputs> {
    let x = || &a["x"];
    Some(match case.name.as_str() {
        "gather_modes" => modes(x(), &a["i"]),
        "gather_int_fill" => {
            let i = &a["i"];
            Outputs::default()
                .with("int32", x().take(i, 0))
                .with("uint32", a["u"].take(i, 0))
                .with("bool", a["b"].take(i, 0))
        }
        "gather_fancy" => fancy(x(), &a["r"], &a["c"]),
        "gather_split_advanced" => {
            let (x, r, c) = (x(), &a["r"], &a["c"]);
            Outputs::default()
                .with("x[r,:,c]", x.index((r, .., c)))
                .with("x[:,r,c]", x.index((.., r, c)))
                .with("x[0,:,c]", x.index((0, .., c)))
        }
        "take_along_axis" => {
            let (x, i) = (x(), &a["i"]);
            Outputs::default()
                .with("axis1", x.take_along_axis(i, 1))
                .with("axis0", x.take_along_axis(&a["j"], 0))
                .with("oob", x.take_along_axis(&(i + 3), 1))
        }
        "mask_index" => Outputs::default()
            .without("where_size4", "nonzero: later")
            .without("nonzero_fill", "nonzero: later")
            .with("where", select(&a["m"], 0.0, x())),
        "dynamic_slice_clamp" => windows(&a["starts"], |start| x().dynamic_slice(&start, &[2, 3])),
        "dynamic_update_slice_clamp" => windows(&a["starts"], |start| {
            x().dynamic_update_slice(&a["u"], &start)
        }),
        "dynamic_index" => {
            let (x, i) = (x(), &a["i"]);
            Outputs::default()
                .with("keep", x.index(i).expand_dims(0))
                .with("drop", x.index((.., i)))
        }
        _ => return updates(case, a).or_else(|| segments(case, a)),
    })
}

fn modes(x: &Array, i: &Array) -> Outputs {
    Outputs::default()
        .with("x[i]", x.index(i))
        .with("take_default", x.take(i, 0))
        .with("take_clip", x.take_with(i, 0, Mode::Clip))
        .with("take_wrap", x.take_with(i, 0, Mode::Wrap))
        .with("take_fill0", x.take_with(i, 0, Mode::FillWith(0.0)))
        .with("get_fill_-1", x.at(i).get_or(-1.0))
        .with("get_clip", x.at(i).clip().get())
        .with("get_default", x.index(i))
}

fn fancy(x: &Array, r: &Array, c: &Array) -> Outputs {
    let (rows, cols) = (r.index((.., NEW_AXIS)), c.index((NEW_AXIS, ..)));
    Outputs::default()
        .with("x[r,c]", x.index((r, c)))
        .with("x[r]", x.index(r))
        .with("x[:,c]", x.index((.., c)))
        .with("x[r[:,None],c[None]]", x.index((rows, cols)))
        .with("x[r,1:3]", x.index((r, 1..3)))
        .with("x[1,c]", x.index((1, c)))
        .with("x[...,c]", x.index((ELLIPSIS, c)))
        .with("x[r][:,c]", x.index(r).index((.., c)))
}

/// One output for each row of starts, named by its number.
fn windows(starts: &Array, window: impl Fn([&Array; 2]) -> Array) -> Outputs {
    (0..starts.shape()[0])
        .map(|i| {
            let start = [0, 1].map(|axis: usize| starts.index((i, axis)));
            (i.to_string(), window(start.each_ref()))
        })
        .collect()
}

fn updates(case: &Case, a: &Named) -> Option<Outputs> {
    let x = || &a["x"];
    Some(match case.name.as_str() {
        "scatter_dup" => {
            let (at, v) = (x().at(&a["i"]), &a["v"]);
            Outputs::default()
                .with("add", at.add(v))
                .with("mul", at.multiply(v))
                .with("min", at.min(v))
                .with("max", at.max(v))
                .with("sub", at.subtract(v))
                .with("div", at.divide(v + 3.0))
        }
        "scatter_set_unique" => {
            let at = x().at(&a["i"]);
            Outputs::default()
                .with("set", at.set(&a["v"]))
                .with("set_scalar", at.set(7.0))
                .with("apply_sin", at.set(at.get().sin()))
        }
        "scatter_set_dup" => x().at(&a["i"]).set(&a["v"]).into(),
        "scatter_oob" => {
            let (at, v) = (|| x().at(&a["i"]), &a["v"]);
            Outputs::default()
                .with("add", at().add(v))
                .with("add_clip", at().clip().add(v))
                .with("add_drop", at().add(v))
                .with("max", at().max(v))
        }
        "scatter_2d" => matrix(x(), a),
        "scatter_int" => {
            let at = x().at(&a["i"]);
            Outputs::default()
                .with("add", at.add(2))
                .with("max", at.max(3))
                .with("add_float_into_int", x().at(0).add(2))
        }
        _ => return None,
    })
}

fn matrix(x: &Array, a: &Named) -> Outputs {
    let (r, c, v) = (&a["r"], &a["c"], &a["v"]);
    Outputs::default()
        .with("x[r,c]+=v", x.at((r, c)).add(v))
        .with("x[r[:2]]+=rows", x.at(r.index(..2)).add(&a["rows"]))
        .with("x[:,c]+=1", x.at((.., c)).add(1.0))
        .with("x[1]=v0", x.at(1).set(v.index(0)))
        .with("x[1,1:3]*=2", x.at((1, 1..3)).multiply(2.0))
        .with("x[...,0]=9", x.at((ELLIPSIS, 0)).set(9.0))
        .with("x[::2]=0", x.at(step(.., 2)).set(0.0))
}

fn segments(case: &Case, a: &Named) -> Option<Outputs> {
    let count = || case.params["num_segments"].as_u64().map(|n| n as usize);
    Some(match case.name.as_str() {
        "segment_float" | "segment_int" => {
            let (x, ids, n) = (&a["x"], &a["ids"], count()?);
            Outputs::default()
                .with("sum", segment_sum(x, ids, n))
                .with("prod", segment_prod(x, ids, n))
                .with("max", segment_max(x, ids, n))
                .with("min", segment_min(x, ids, n))
        }
        // The number of segments is a static argument: the caller counts them.
        "segment_no_count" => {
            let (x, ids) = (&a["x"], &a["ids"]);
            let n = ids.max(..).item::<i32>() as usize + 1;
            let sum = segment_sum(x, ids, n);
            Outputs::default()
                .with("sum", sum.clone())
                .with("sum_sorted", sum)
        }
        "segment_softmax" => segment_softmax(&a["x"], &a["ids"], count()?).into(),
        _ => return None,
    })
}
