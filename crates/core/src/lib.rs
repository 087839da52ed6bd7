//! Arrays as programs: plain functions over arrays are traced, differentiated, batched and run.
//!
//! The way of a function: `transform` traces a closure over [`Tree`]s to a typed [`Program`],
//! rewrites it by the rules of its operations, and a backend runs it. What users call stands
//! in `functions`, as methods of [`Array`] where NumPy has methods.

extern crate self as graxe_core;

mod array;
mod compile;
mod cpu;
mod device;
mod functions;
mod ir;
#[doc(hidden)]
pub mod ops;
pub mod random;
mod sync;
mod transform;
mod transport;

pub use array::{
    Array, Csr, DType, IntoArray, IntoScalar, Native, Operand, Pattern, Scalar, Shape, array,
    live_bytes, peak_bytes, promote_types, promote_weak, reset_peak_bytes, scalar, with_layout,
    with_x64,
};
pub use compile::{Explanation, KernelReport};
pub use cpu::{set_threads, threads, threads_from_environment};
pub use functions::activation::{
    celu, elu, gelu, glu, hard_sigmoid, hard_silu, hard_tanh, leaky_relu, log_sigmoid, log_softmax,
    log_softmax_masked, mish, one_hot, relu, relu6, selu, sigmoid, silu, soft_sign, softmax,
    softmax_masked, softplus, squareplus, standardize,
};
pub use functions::creation::{arange, arange_from, eye, linspace};
pub use functions::cumulative::Cumulative;
pub use functions::indexing::{At, ELLIPSIS, Index, Item, Mode, NEW_AXIS, step};
pub use functions::logic::{logical_and, logical_or, logical_xor, select, select_n};
pub use functions::math::logaddexp;
pub use functions::reduce::{Axes, Reduce};
pub use functions::segment::{
    segment_max, segment_max_or_constant, segment_mean, segment_min, segment_min_or_constant,
    segment_normalize, segment_prod, segment_softmax, segment_sum, segment_variance,
};
pub use functions::shape::{concatenate, meshgrid_ij, stack};
pub use functions::sort::{Sort, lexsort, sort};
pub use functions::sparse;
pub use graxe_derive::Tree;
pub use graxe_kernels::simd;
pub use ir::{Atom, Aval, Closed, Effect, Equation, PatternAval, Place, Program, Type, Value, Var};
pub use ops::Policy;
pub use transform::tree;
pub use transform::{
    Arg0, Arg1, Arg2, Arg3, Arg4, Arg5, Arg6, Arg7, Axes as BatchAxes, Axis as BatchAxis, Bound,
    Func, Jacobian, Jit, JitStats, LinearMap, Mapped, Misuse, Own, Position, Positions, Ref,
    ScanOptions, Static, Tree, all_gather, all_to_all, associative_scan, associative_scan_with,
    axis_index, axis_size, check_nans, checkpoint, checkpoint_with, cond, custom_jvp, custom_vjp,
    debug_callback, debug_print, fori_loop, grad, grad_at, grad_aux, hessian, hessian_tree, hvp,
    jacfwd, jacfwd_tree, jacrev, jacrev_tree, jit, jvp, linear_transpose, linearize, make_program,
    map, map_batched, pmap, pmap_over, pmap_with, pmax, pmean, pmin, ppermute, psum, scan,
    scan_with, switch, value_and_grad, value_and_grad_at, value_and_grad_aux, vjp, vmap, vmap_with,
    while_loop,
};
pub use transport::{Transport, devices, set_devices};
