//! A gradient needs a function of one array result.

use graxe_core::{Array, grad, scalar};

fn main() {
    grad(|x: &Array| (x.square(), x.clone()))(&scalar(1.0));
}
