//! Derivatives of any order, and with respect to several parameters at once.

use graxe::prelude::*;

fn main() {
    let x = scalar(5.0);
    println!("relu(5)   = {}", relu(&x));
    println!("relu'(5)  = {}", grad(relu)(&x));
    println!("relu''(5) = {}", grad(grad(relu))(&x));

    // A line's squared error at x = 5, differentiated in the tuple of its parameters.
    let line = |p: &(Array, Array), x: &Array| (&p.0 * x + &p.1).square();
    let parameters = (scalar(2.0), scalar(1.0));
    let (dw, db) = grad(line)(&parameters, &x);
    println!("d(wx + b)²/d(w, b) at w = 2, b = 1, x = 5: ({dw}, {db})");

    // The same by positions, and the program that computes it.
    let product = |w: &Array, b: &Array, x: &Array| (w * x + b).square();
    let (dw, db) = grad_at(product, (Arg0, Arg1))(&scalar(2.0), &scalar(1.0), &x);
    println!("by positions: ({dw}, {db})");
    println!("{}", make_program(grad(|x: &Array| x.sin() * x.cos()))(&x));
}
