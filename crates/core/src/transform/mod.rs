//! Transformations: closures become programs, programs become other programs.

mod batch;
mod control;
mod func;
mod grad;
mod jit;
mod jvp;
mod partial_eval;
mod trace;
mod transpose;
pub mod tree;
mod vmap;

pub(crate) use batch::vmap_program;
pub use control::{
    Bound, ScanOptions, associative_scan, associative_scan_with, cond, fori_loop, map, map_batched,
    scan, scan_with, switch, while_loop,
};
pub use func::{
    Arg0, Arg1, Arg2, Arg3, Arg4, Arg5, Arg6, Arg7, Func, Own, Position, Positions, Ref,
};
pub use grad::{
    LinearMap, grad, grad_at, grad_aux, jvp, linearize, value_and_grad, value_and_grad_at,
    value_and_grad_aux, vjp,
};
pub(crate) use jit::misuse;
pub use jit::{Jit, JitStats, Misuse, jit};
pub(crate) use jvp::jvp_program;
pub(crate) use partial_eval::{Cut, partial_eval};
pub use trace::make_program;
pub(crate) use transpose::transpose_program;
pub use tree::{Static, Tree};
pub use vmap::{Axes, Axis, vmap, vmap_with};
