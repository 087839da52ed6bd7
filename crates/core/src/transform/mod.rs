//! Transformations: closures become programs, programs become other programs.

mod batch;
mod collectives;
mod control;
mod custom;
pub(crate) mod debug;
mod func;
mod grad;
mod jacobian;
mod jit;
mod jvp;
mod mapped;
mod partial_eval;
mod pmap;
mod trace;
mod transpose;
pub mod tree;
mod vmap;

pub(crate) use batch::vmap_program;
pub use collectives::{
    all_gather, all_to_all, axis_index, axis_size, pmax, pmean, pmin, ppermute, psum,
};
pub use control::{
    Bound, ScanOptions, associative_scan, associative_scan_with, cond, fori_loop, map, map_batched,
    scan, scan_with, switch, while_loop,
};
pub use custom::{checkpoint, checkpoint_with, custom_jvp, custom_vjp};
pub use debug::{check_nans, debug_callback, debug_print};
pub use func::{
    Arg0, Arg1, Arg2, Arg3, Arg4, Arg5, Arg6, Arg7, Func, Own, Position, Positions, Ref,
};
pub use grad::{
    LinearMap, grad, grad_at, grad_aux, jvp, linear_transpose, linearize, value_and_grad,
    value_and_grad_at, value_and_grad_aux, vjp,
};
pub use jacobian::{
    Jacobian, hessian, hessian_tree, hvp, jacfwd, jacfwd_tree, jacrev, jacrev_tree,
};
pub(crate) use jit::misuse;
pub use jit::{Jit, JitStats, Misuse, jit};
pub(crate) use jvp::jvp_program;
pub use mapped::Mapped;
pub(crate) use partial_eval::{Cut, invariant_part, partial_eval, partial_eval_saving};
pub use pmap::{pmap, pmap_over, pmap_with};
pub use trace::make_program;
pub(crate) use transpose::transpose_program;
pub use tree::{Static, Tree};
pub use vmap::{Axes, Axis, vmap, vmap_with};
