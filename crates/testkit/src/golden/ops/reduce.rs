//! Folds over axes.

use graxe_core::{Array, DType, Reduce, arange};

use super::super::Case;
use super::super::outputs::{Named, Outputs};

type Fold = fn(&Array, Reduce) -> Array;

/// The folds by the name of their operation.
const TABLE: &[(&str, Fold)] = &[
    ("sum", Array::sum_with),
    ("mean", Array::mean_with),
    ("prod", Array::prod_with),
    ("max", Array::max_with),
    ("min", Array::min_with),
    ("var", Array::var_with),
    ("std", Array::std_with),
    ("logsumexp", Array::logsumexp_with),
];

pub(super) fn outputs(case: &Case, a: &Named) -> Option<Outputs> {
    let op = case.op.as_deref()?;
    Some(match case.name.as_str() {
        "reduce_argmax" => positions(&a["x"], Array::argmax_with),
        "reduce_argmin" => positions(&a["x"], Array::argmin_with),
        "reduce_nan" => nan(&a["x"]),
        "reduce_bool" => bools(&a["x"]),
        "reduce_empty" => empty(&a["x"], &a["b"]),
        "reduce_where_initial" => masked(&a["x"], &a["mask"]),
        "reduce_ddof" => {
            let one = || Reduce::all().ddof(1.0);
            Outputs::default()
                .with("var0", a["x"].var(..))
                .with("var1", a["x"].var_with(one()))
                .with("std1", a["x"].std_with(one()))
        }
        "sum_many" => {
            let n = a["n"].item::<i32>();
            let tenth = Array::full(n as usize, 0.1, DType::F32);
            Outputs::default()
                .with("tenth", tenth.sum(..))
                .with("ints", arange(n).sum(..))
        }
        name if name.starts_with("reduce_") => {
            let (_, fold) = TABLE.iter().find(|(name, _)| *name == op)?;
            variants(case, &a["x"], *fold)
        }
        _ => return None,
    })
}

/// One output for each choice of axes and `keepdims`, named `axis=(0,2);keepdims=True`.
fn variants(case: &Case, x: &Array, fold: Fold) -> Outputs {
    let names = case.outputs.iter().map(|(name, _)| name);
    names
        .map(|name| {
            let (axes, keepdims) = name.split_once(';').expect("axis=..;keepdims=..");
            let axes = axes.trim_start_matches("axis=");
            let list: Vec<isize> = axes
                .trim_matches(['(', ')'])
                .split(',')
                .filter_map(|n| n.parse().ok())
                .collect();
            let how = if axes == "None" {
                Reduce::all()
            } else {
                Reduce::axis(list.as_slice())
            };
            let keep = keepdims == "keepdims=True";
            (name, fold(x, if keep { how.keepdims() } else { how }))
        })
        .collect()
}

fn positions(x: &Array, position: Fold) -> Outputs {
    Outputs::default()
        .with("axis=None", position(x, Reduce::all()))
        .with("axis=0", position(x, Reduce::axis(0)))
        .with("axis=1", position(x, Reduce::axis(1)))
        .with("axis=1;keepdims", position(x, Reduce::axis(1).keepdims()))
}

fn nan(x: &Array) -> Outputs {
    Outputs::default()
        .with("max", x.max(1))
        .with("min", x.min(1))
        .with("argmax", x.argmax(1))
        .with("argmin", x.argmin(1))
        .with("sum", x.sum(1))
        .without("nansum", "nansum: later")
        .without("nanmax", "nanmax: later")
        .without("nanmean", "nanmean: later")
        .with("any", x.any(1))
        .with("all", x.all(1))
}

fn bools(x: &Array) -> Outputs {
    Outputs::default()
        .with("any0", x.any(0))
        .with("all0", x.all(0))
        .with("any", x.any(..))
        .with("all1_keep", x.all(1).expand_dims(1))
        .with("sum", x.sum(..))
        .with("mean", x.mean(..))
        .with("max", x.max(..))
        .with("prod", x.prod(..))
        .with("count_nonzero", x.not_equal(0).sum(..))
}

fn empty(x: &Array, b: &Array) -> Outputs {
    Outputs::default()
        .with("sum0", x.sum(0))
        .with("sum", x.sum(..))
        .with("prod0", x.prod(0))
        .with("mean0", x.mean(0))
        .with("any", b.any(..))
        .with("all", b.all(..))
        .with("sum1", x.sum(1))
        .with("logsumexp0", x.logsumexp(0))
        .with("max1", x.max(1))
        .with("var0", x.var(0))
}

fn masked(x: &Array, mask: &Array) -> Outputs {
    let how = || Reduce::axis(0).mask(mask);
    Outputs::default()
        .with("sum", x.sum_with(how()))
        .with("mean", x.mean_with(how()))
        .with("max", x.max_with(how()))
        .with("prod_init2", x.prod(1) * 2.0)
        .with("sum_init10", x.sum(1) + 10.0)
}
