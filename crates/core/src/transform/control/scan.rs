//! Loops along the leading axis.

use super::{Traced, leading, trace_step};
use crate::array::Array;
use crate::functions::shape::concatenate;
use crate::ops::{Scan, bind, reshape, slice};
use crate::transform::jit::misuse;
use crate::transform::tree::{self, Tree, flatten, unflatten};
use crate::transform::vmap;

/// How [`scan_with`] goes along its operands.
#[derive(Clone, Copy, Debug)]
pub struct ScanOptions {
    length: Option<usize>,
    reverse: bool,
    unroll: usize,
}

impl Default for ScanOptions {
    fn default() -> Self {
        Self {
            length: None,
            reverse: false,
            unroll: 1,
        }
    }
}

impl ScanOptions {
    /// How many steps, where no operand says so.
    pub fn length(mut self, length: usize) -> Self {
        self.length = Some(length);
        self
    }

    /// From the last slice to the first; results keep their slices' places.
    pub fn reverse(mut self) -> Self {
        self.reverse = true;
        self
    }

    /// How many steps a turn of the compiled loop does; the results are the same.
    pub fn unroll(mut self, steps: usize) -> Self {
        self.unroll = steps.max(1);
        self
    }
}

/// Carries a tree along the leading axis of `xs`: `(carry, y) = step(carry, x)` for each slice;
/// gives the last carry and the `y`s, one upon the other. JAX's `lax.scan`.
///
/// ```
/// use graxe_core::{array, scalar, scan, Array};
/// let (sum, sums) = scan(|sum: Array, x: Array| (&sum + &x, sum + x), scalar(0.0), &array([1.0, 2.0, 3.0]));
/// assert_eq!(sum.item::<f32>(), 6.0);
/// assert_eq!(sums.to_vec::<f32>(), [1.0, 3.0, 6.0]);
/// ```
///
/// # Panics
/// If the leading axes of `xs` differ, or if the carry comes out of a step with another structure,
/// shape or dtype than it goes in. A weak number in the carry takes the dtype that it comes out with.
#[track_caller]
pub fn scan<C: Tree, X: Tree, Y: Tree>(step: impl Fn(C, X) -> (C, Y), start: C, xs: &X) -> (C, Y) {
    scan_with(step, start, xs, ScanOptions::default())
}

/// As [`scan`], with options; `xs` may be `()` where they say the length.
///
/// # Panics
/// As [`scan`]; and if neither `xs` nor the options say how many steps, or if they differ.
#[track_caller]
pub fn scan_with<C: Tree, X: Tree, Y: Tree>(
    step: impl Fn(C, X) -> (C, Y),
    start: C,
    xs: &X,
    options: ScanOptions,
) -> (C, Y) {
    run("scan", &|(carry, x)| step(carry, x), &start, xs, options)
}

#[track_caller]
fn run<C: Tree, X: Tree, Y: Tree>(
    name: &str,
    step: &dyn Fn((C, X)) -> (C, Y),
    start: &C,
    xs: &X,
    options: ScanOptions,
) -> (C, Y) {
    let length = match (leading(name, xs), options.length) {
        (Some(found), Some(said)) if found != said => misuse(format!(
            "{name}: length is {said}, but the operands have {found} slices"
        )),
        (Some(length), _) | (None, Some(length)) => length,
        (None, None) => misuse(format!("{name}: without operands, a length must be said")),
    };
    let (slices, _) = flatten(xs);
    let types: Vec<_> = slices.iter().map(|x| x.ty().slice(0)).collect();
    let Traced {
        start,
        closed,
        template,
    } = trace_step(name, step, start, (xs, &types), |out| &out.0);
    let primitive = Scan {
        length,
        consts: closed.captures.len(),
        carry: start.len(),
        reverse: options.reverse,
        unroll: options.unroll,
        program: closed.lifted(),
    };
    let operands = [closed.captures, start, slices].concat();
    unflatten(&template, bind(&primitive.into(), operands))
}

/// A loop that counts from `first`, an integer, for so many steps.
#[track_caller]
pub(super) fn counted<C: Tree>(
    name: &str,
    first: Array,
    length: usize,
    body: &dyn Fn(Array, C) -> C,
    start: &C,
) -> C {
    let step = |((i, carry), ()): ((Array, C), ())| ((&i + 1, body(i, carry)), ());
    let start = (first, start.clone());
    let options = ScanOptions::default().length(length);
    run(name, &step, &start, &(), options).0.1
}

/// `f` of each slice along the leading axis, one after another; JAX's `lax.map`.
///
/// It takes the memory of one slice's intermediate values, where [`vmap`](crate::vmap) takes that
/// of all.
///
/// # Panics
/// If leading axes differ.
#[track_caller]
pub fn map<X: Tree, Y: Tree>(f: impl Fn(X) -> Y, xs: &X) -> Y {
    run(
        "map",
        &|((), x)| ((), f(x)),
        &(),
        xs,
        ScanOptions::default(),
    )
    .1
}

/// As [`map`], with `batch` slices at a time, batched as [`vmap`](crate::vmap) does.
///
/// # Panics
/// As [`map`], and if `batch` is 0.
#[track_caller]
pub fn map_batched<X: Tree, Y: Tree>(f: impl Fn(X) -> Y + Send + Sync, xs: &X, batch: usize) -> Y {
    if batch == 0 {
        misuse("map_batched: expected slices in a batch, found 0".to_owned());
    }
    let length = leading("map_batched", xs).unwrap_or(0);
    let whole = length - length % batch;
    let cut = |from: usize, to: usize| tree::map(xs, |x| slice::slice_axis(x, 0, from, to));
    let batched = vmap(|x: X| f(x));
    if whole == 0 {
        return batched(cut(0, length));
    }
    let chunks = tree::map(&cut(0, whole), |x| {
        let mut shape = x.shape().with_axis(0, whole / batch);
        shape[1] = batch;
        reshape::reshape(x, shape)
    });
    let done = map(|chunk: X| batched(chunk), &chunks);
    let done = tree::map(&done, |y| {
        let mut shape = y.shape().without(&[0]);
        shape[0] = whole;
        reshape::reshape(y, shape)
    });
    if whole == length {
        return done;
    }
    let rest = batched(cut(whole, length));
    tree::map2(&done, &rest, |a, b| concatenate(&[a, b], 0))
}
