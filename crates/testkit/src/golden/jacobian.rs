//! Jacobians from the transformations that graxe has, as JAX composes its own.

use std::sync::Arc;

use graxe_core::{Array, BatchAxes, grad, jvp, vjp, vmap, vmap_with};

/// A function of one array.
pub(crate) type Vector<'f> = Box<dyn Fn(&Array) -> Array + Send + Sync + 'f>;

/// The Jacobian of a function of a vector by forward mode: the last axis counts the inputs.
pub(crate) fn jacfwd<'f>(f: impl Fn(&Array) -> Array + Send + Sync + 'f) -> Vector<'f> {
    let f = Arc::new(f);
    Box::new(move |x: &Array| {
        let push = |t: &Array| {
            let f = |x: &Array| f(x);
            jvp(f, (x.clone(),), (t.clone(),)).1
        };
        vmap_with(push, BatchAxes::default().output(-1))(&directions(x))
    })
}

/// The Jacobian by reverse mode: the axes of the result, then those of the input.
pub(crate) fn jacrev<'f>(f: impl Fn(&Array) -> Array + Send + Sync + 'f) -> Vector<'f> {
    let f = Arc::new(f);
    Box::new(move |x: &Array| {
        let f = |x: &Array| f(x);
        let (y, pull) = vjp(f, (x.clone(),));
        let rows = vmap(move |c: &Array| pull(c).0)(&directions(&y));
        reshape(&rows, &[&y.shape()[..], x.shape()].concat())
    })
}

/// The Hessian of a scalar function of a vector, forward over reverse.
pub(crate) fn hessian<'f>(f: impl Fn(&Array) -> Array + Send + Sync + 'f) -> Vector<'f> {
    jacfwd(grad(f))
}

/// Every unit direction of an array's shape, one a row.
fn directions(x: &Array) -> Array {
    let identity = Array::eye(x.size(), x.dtype());
    reshape(&identity, &[&[x.size()], &x.shape()[..]].concat())
}

fn reshape(x: &Array, shape: &[usize]) -> Array {
    let shape: Vec<isize> = shape.iter().map(|&n| n as isize).collect();
    x.reshape_dyn(&shape)
}
