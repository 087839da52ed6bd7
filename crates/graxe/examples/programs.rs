//! What functions become: programs of a function, its gradient, its batch, a loop and a branch.

use graxe::prelude::*;

/// A function of one example: a weighted sum, and how steep it is.
fn f(w: &Array, x: &Array) -> Array {
    (w * x).sum(..).sin()
}

fn show(title: &str, program: &graxe::Program) -> String {
    let text = program.to_string();
    println!("-- {title}\n{text}\n");
    text
}

fn main() {
    let w = array([1.0, 2.0, 3.0]);
    let x = array([0.5, -1.0, 0.25]);
    let xs = stack(&[&x, &x], 0);

    let text = show("a function", &make_program(f)(&w, &x));
    assert!(text.contains("sin"));

    // The rules of `mul`, `reduce_sum` and `sin` one after another, forwards and back.
    let text = show("its gradient in w", &make_program(grad(f))(&w, &x));
    assert!(text.contains("cos"));

    // One more axis, and `w` shared.
    let axes = BatchAxes::inputs([None, Some(0)]);
    let text = show(
        "over a batch of x",
        &make_program(vmap_with(f, axes))(&w, &xs),
    );
    assert!(text.contains("f32[2,3]"));

    // A loop holds a program, and captures come first among its operands.
    let run = |w: &Array, xs: &Array| {
        let step = |sum: Array, x: Array| {
            let y = f(w, &x);
            (sum + &y, y)
        };
        scan(step, scalar(0.0), xs)
    };
    let text = show("a scan", &make_program(run)(&w, &xs));
    assert!(text.contains("scan[") && text.contains("num_carry=1"));

    // A branch holds one for each case, over the same operands.
    let choose = |x: &Array| cond(x.greater(0), |x: &Array| x.log(), |x| -x, x);
    let text = show("a cond", &make_program(choose)(&scalar(2.0)));
    assert!(text.contains("cond[") && text.contains("log"));

    // Branches of a batch of predicates are both run and selected from.
    let text = show("the cond over a batch", &make_program(vmap(choose))(&x));
    assert!(!text.contains("cond[") && text.contains("select_n"));

    // A gradient of a loop is a loop forwards and one backwards.
    let total = |w: &Array, xs: &Array| run(w, xs).0;
    let text = show(
        "the gradient of the scan",
        &make_program(grad(total))(&w, &xs),
    );
    assert_eq!(text.matches("scan[").count(), 2);
}
