//! Running folds along an axis, sorting, and what is read off sorted arrays.

use graxe_core::{Array, Cumulative, Sort, lexsort, sort};

use super::super::Case;
use super::super::outputs::{Named, Outputs};

pub(super) fn outputs(case: &Case, a: &Named) -> Option<Outputs> {
    let x = || &a["x"];
    Some(match case.name.as_str() {
        "cumulative" => cumulative(x()),
        "cumulative_special" => Outputs::default()
            .with("cumsum", x().cumsum(0))
            .with("cummax", x().cummax(0))
            .with("cumsum_bool", a["b"].cumsum(0))
            .with("cumlogsumexp", a["l"].cumlogsumexp(0)),
        "sort_special" => {
            let descending = || Sort::axis(-1).descending();
            Outputs::default()
                .with("sort", x().sort(-1))
                .with("argsort", x().argsort(-1))
                .with("sort_desc", x().sort_with(descending()))
                .with("argsort_desc", x().argsort_with(descending()))
        }
        "sort_ties" => Outputs::default()
            .with("sort1", x().sort(1))
            .with("sort0", x().sort(0))
            .with("sort_flat", x().sort(..))
            .with("argsort1", x().argsort(1))
            .with("argsort0", x().argsort(0))
            .with(
                "argsort1_desc",
                x().argsort_with(Sort::axis(1).descending()),
            ),
        "sort_multi" => {
            let sorted = sort(&[&a["a"], &a["b"], &a["v"]], 0, 2);
            ["a", "b", "v"].into_iter().zip(sorted).collect()
        }
        "lexsort" => lexsort(&[&a["a"], &a["b"]], -1).into(),
        "top_k" => {
            let ((values, indices), (rows, places)) = (x().top_k(4), a["m"].top_k(2));
            Outputs::default()
                .with("values", values)
                .with("indices", indices)
                .with("m_values", rows)
                .with("m_indices", places)
        }
        "median_quantile" => Outputs::default()
            .with("median", x().median(..))
            .with("q25", x().quantile(0.25, ..))
            .with("p90", x().percentile(90.0, ..)),
        _ => return None,
    })
}

fn cumulative(x: &Array) -> Outputs {
    let back = |axis: i32| Cumulative::axis(axis).reverse();
    Outputs::default()
        .with("cumsum0", x.cumsum(0))
        .with("cumsum1", x.cumsum(1))
        .with("cumsum_flat", x.cumsum(..))
        .with("cumprod1", x.cumprod(1))
        .with("cummax1", x.cummax(1))
        .with("cummin0", x.cummin(0))
        .with("cumlogsumexp1", x.cumlogsumexp(1))
        .with("cumsum1_rev", x.cumsum_with(back(1)))
        .with("cumlogsumexp0_rev", x.cumlogsumexp_with(back(0)))
        .with("cummax0_rev", x.cummax_with(back(0)))
        .with("cumprod0_rev", x.cumprod_with(back(0)))
}
