//! Products of matrices and what is read off them.

use graxe_core::{Array, BatchAxes, vmap_with};

use super::super::Case;
use super::super::outputs::{Named, Outputs};

pub(super) fn outputs(case: &Case, a: &Named) -> Option<Outputs> {
    let both = || (&a["x"], &a["y"]);
    let out = match case.name.as_str() {
        "dot_vv" | "dot_mv" | "matmul" | "matmul_batch" | "matmul_bcast" | "matmul_int"
        | "matmul_vec" | "matmul_empty" => {
            let (x, y) = both();
            x.matmul(y)
        }
        "outer" => {
            let (x, y) = both();
            x.outer(y)
        }
        "dot_3d_2d" => {
            let (x, y) = both();
            x.dot(y)
        }
        "tensordot" => {
            let (x, y) = both();
            x.tensordot(y, &[1, 2], &[1, 0])
        }
        // The batching rule gives exactly this: batch axes 1 and 0, contracted axes 2 and 2.
        "dot_general_batch" => {
            let (x, y) = both();
            let product = |x: &Array, y: &Array| x.matmul_t(y);
            vmap_with(product, BatchAxes::inputs([1, 0]))(x, y)
        }
        "trace_tri_diag" => return Some(diagonals(&a["x"])),
        name if name.starts_with("einsum_") => return Some(Outputs::later("einsum: later")),
        _ => return None,
    };
    Some(out.into())
}

fn diagonals(x: &Array) -> Outputs {
    Outputs::default()
        .with("trace", x.trace())
        .with("tril", x.tril(0))
        .with("triu1", x.triu(1))
        .with("tril_m1", x.tril(-1))
        .without("diagonal", "diagonal: later")
        .without("diag_v", "diag: later")
        .without("diag_v_k1", "diag: later")
}
