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
//! A Rust `if` on a traced value panics; use [`select`] or [`cond`].
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
//! [`jacfwd`], [`jacrev`] and [`hessian`] give whole derivatives, [`hvp`] the product of a Hessian with a
//! direction without it, [`linear_transpose`] the transpose of a linear function. Those of trees
//! ([`jacrev_tree`] and the like) are [`Mapped`]: something for each leaf.
//!
//! ```
//! use graxe::prelude::*;
//!
//! let f = |x: &Array| x.powi(3).sum(..);
//! let x = array([1.0, 2.0]);
//! let newton = &x - hessian(f)(&x).matmul(&x); // [1, 2] - [6, 24]
//! let (_, product) = hvp(f, (x.clone(),), x.clone());
//! assert_eq!((&x - product).to_vec::<f32>(), newton.to_vec::<f32>());
//! ```
//!
//! # Control flow
//!
//! [`cond`], [`switch`], [`while_loop`], [`fori_loop`], [`scan`], [`associative_scan`] and [`fn@map`] trace
//! the functions they are given, and run them as often as the program says. Reverse mode goes through all of them but
//! `while_loop`, and `fori_loop` where a bound is traced. A [`Static`] argument is known when a function is traced, so that Rust's own
//! `if` and `for` may go by it: what they do is then written out in the program.
//!
//! ```
//! use graxe::prelude::*;
//!
//! // Compound interest, year by year, at rates that differ.
//! let grow = |start: &Array, rates: &Array| {
//!     let year = |sum: Array, rate: Array| {
//!         let sum = sum * (1 + rate);
//!         (sum.clone(), sum)
//!     };
//!     scan(year, start.clone(), rates).0
//! };
//! let slope = jit(grad(grow))(&scalar(100.0), &array([0.5, 1.0]));
//! assert_eq!(slope.item::<f32>(), 3.0);
//! ```
//!
//! # Rules of one's own
//!
//! [`custom_jvp`] and [`custom_vjp`] give a function another derivative. [`fn@checkpoint`] keeps no
//! intermediate values for the derivative but computes them again, [`checkpoint_with`] keeps what a [`Policy`] says.
//!
//! ```
//! use graxe::prelude::*;
//!
//! // Rounded forwards, as if not rounded backwards.
//! let round = custom_vjp(
//!     |x: &Array| x.round(),
//!     |(x,)| (x.round(), ()),
//!     |(), cotangent: Array| (cotangent,),
//! );
//! assert_eq!(grad(move |x: &Array| round(x) * 3)(&scalar(0.7)).item::<f32>(), 3.0);
//! ```
//!
//! # Batches, named axes and devices
//!
//! [`vmap_with`] takes [`BatchAxes`]: where each argument and the result carry the batch, and a name, by which
//! [`psum`], [`pmean`], [`axis_index`] and their like speak to the whole batch. [`pmap`] runs the same function on several
//! devices of the host and gives the same bits. What all places share stays shared: the gradient in a shared parameter is
//! the sum over the places, so the mean belongs around the loss.
//!
//! ```
//! use graxe::prelude::*;
//!
//! let step = |w: &Array, x: &Array| {
//!     let loss = |w: &Array| pmean(&(w - x).square(), "batch");
//!     w - 0.5 * grad(loss)(w)
//! };
//! let axes = BatchAxes::inputs([None, Some(0)]).output(None).name("batch");
//! let w = vmap_with(step, axes)(&scalar(0.0), &array([1.0, 2.0, 6.0]));
//! assert_eq!(w.item::<f32>(), 3.0);
//! ```
//!
//! # Looking inside
//!
//! [`debug_print`] prints arrays when a program comes there, compiled or not. [`check_nans`] panics at the first operation
//! that gives a NaN, with the line of your code. [`make_program`] prints what a function became, and
//! `Jit::explain` which kernels it compiles to and how long each takes.
//!
//! ```should_panic
//! use graxe::prelude::*;
//!
//! let f = jit(|x: &Array| {
//!     debug_print("x = {}", &[x]);
//!     x.log() * 2
//! });
//! check_nans(|| f(&scalar(-1.0))); // log of f32[] gives NaN (from src/main.rs:5:7)
//! ```
//!
//! # Graphs
//!
//! A [`Csr`] matrix is a [`Pattern`] and its values; products with it never become dense, and
//! its values have gradients. Layers and training stand in [`nn`], graphs and their
//! normalisation in [`graph`], readers in [`data`]. [`run`] goes from files to a folder with a trained model, its
//! predictions and a report, and back. The command `graxe` does the same without code.

extern crate self as graxe;

pub use graxe_core::*;
/// Readers of graph data sets.
pub use graxe_data as data;
/// Graphs: construction, normalisation, splits, generators.
pub use graxe_graph as graph;
/// Layers, losses, optimisers and training.
pub use graxe_nn as nn;
/// From data to a run folder and back.
pub use graxe_run as run;

/// What most programs use.
pub mod prelude {
    pub use graxe_core::random::{self, Key};
    pub use graxe_core::{
        Arg0, Arg1, Arg2, Arg3, Array, BatchAxes, BatchAxis, Csr, Cumulative, DType, Mapped, Mode,
        Pattern, Policy, Reduce, ScanOptions, Shape, Sort, Static, Tree, arange, array,
        associative_scan, axis_index, check_nans, checkpoint, checkpoint_with, concatenate, cond,
        custom_jvp, custom_vjp, debug_print, fori_loop, grad, grad_at, grad_aux, hessian, hvp,
        jacfwd, jacrev, jit, jvp, linear_transpose, linearize, log_softmax, make_program, one_hot,
        pmap, pmap_with, pmax, pmean, pmin, psum, relu, scalar, scan, scan_with, select, softmax,
        sparse, stack, switch, tree, value_and_grad, value_and_grad_aux, vjp, vmap, vmap_with,
        while_loop,
    };
    pub use graxe_graph::{Dataset, Graph};
}

/// The code of the documentation outside of the crates, as tests.
#[cfg(doctest)]
mod documents {
    #[doc = include_str!("../../../docs/add-an-operation.md")]
    struct AddAnOperation;
    #[doc = include_str!("../../../docs/coming-from-jax.md")]
    struct ComingFromJax;
    #[doc = include_str!("../../../docs/coming-from-pyg.md")]
    struct ComingFromPyg;
    #[doc = include_str!("../../../README.md")]
    struct Readme;
}
