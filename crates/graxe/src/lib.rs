//! JAX's idea, for graphs: plain functions over arrays and graphs are traced into a typed
//! program, differentiated, batched, compiled knowing what is sparse, and run.
//!
//! # Functions of arrays
//!
//! ```
//! use graxe::prelude::*;
//!
//! #[derive(Tree, Clone)]
//! struct Linear {
//!     w: Array,
//!     b: Array,
//! }
//!
//! fn loss(p: &Linear, x: &Array, y: &Array) -> Array {
//!     (&p.w * x + &p.b - y).square().mean(..)
//! }
//!
//! let step = jit(|p: Linear, x: &Array, y: &Array| {
//!     let (l, g) = value_and_grad(loss)(&p, x, y); // g is a Linear
//!     (tree::map2(&p, &g, |p, g| p - 0.01 * g), l)
//! });
//! let (x, y) = (array([0.0, 1.0, 2.0]), array([1.0, 3.0, 5.0]));
//! let mut p = Linear { w: scalar(0.0), b: scalar(0.0) };
//! let mut l = scalar(0.0);
//! for _ in 0..2000 {
//!     (p, l) = step(p, &x, &y); // p was given away: its buffers are reused
//! }
//! assert!(l.item::<f32>() < 1e-4);
//! assert!((p.w.item::<f32>() - 2.0).abs() < 0.02);
//! ```
//!
//! Arrays follow NumPy's names and broadcasting and JAX's promotion, indexing and gradients.
//! Rust numbers in operators are weak: they take the dtype of the array they meet.
//! A Rust `if` on a traced value panics; use [`select`].
//!
//! # Transformations
//!
//! [`grad`], [`value_and_grad`], [`vjp`], [`jvp`], [`linearize`], [`vmap`] and [`jit`] take
//! closures of one to eight arguments and give closures; they nest in any order.
//!
//! ```
//! use graxe::prelude::*;
//!
//! let f = |x: &Array| x.sin() * x;
//! let curvature = vmap(grad(grad(f)));
//! let x = array([0.0, 1.0, 2.0]);
//! assert_eq!(curvature(&x).shape()[..], [3]);
//! println!("{}", make_program(grad(f))(&scalar(1.0))); // as JAX prints a jaxpr
//! ```
//!
//! # Graphs
//!
//! A [`Csr`] matrix is a [`Pattern`] and its values; products with it never become dense, and
//! its values have gradients. Layers and training stand in [`nn`], graphs and their
//! normalisation in [`graph`], readers in [`data`]. The command `graxe` trains without code.

extern crate self as graxe;

pub use graxe_core::*;
/// Readers of graph data sets.
pub use graxe_data as data;
/// Graphs: construction, normalisation, splits, generators.
pub use graxe_graph as graph;
/// Layers, losses, optimisers and training.
pub use graxe_nn as nn;

/// What most programs use.
pub mod prelude {
    pub use graxe_core::random::{self, Key};
    pub use graxe_core::{
        Arg0, Arg1, Arg2, Arg3, Array, BatchAxes, Csr, Cumulative, DType, Mapped, Mode, Pattern,
        Policy, Reduce, ScanOptions, Shape, Sort, Static, Tree, arange, array, associative_scan,
        axis_index, check_nans, checkpoint, checkpoint_with, concatenate, cond, custom_jvp,
        custom_vjp, debug_print, fori_loop, grad, grad_at, grad_aux, hessian, hvp, jacfwd, jacrev,
        jit, jvp, linear_transpose, linearize, log_softmax, make_program, one_hot, pmap, pmap_with,
        pmax, pmean, pmin, psum, relu, scalar, scan, scan_with, select, softmax, sparse, stack,
        switch, tree, value_and_grad, value_and_grad_aux, vjp, vmap, vmap_with, while_loop,
    };
    pub use graxe_graph::{Dataset, Graph};
}
