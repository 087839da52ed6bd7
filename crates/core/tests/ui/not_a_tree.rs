//! A struct that is not a tree cannot be differentiated.

use graxe_core::{Array, grad, scalar};

struct Parameters {
    w: Array,
}

fn main() {
    let p = Parameters { w: scalar(1.0) };
    grad(|p: &Parameters| p.w.square())(&p);
}
