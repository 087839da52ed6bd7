//! A function on its way from a closure to kernels: the text of `docs/pipeline.md`.
//!
//! Every stage that is printed must stand on that page word by word, so that the page stays true.

use std::sync::atomic::{AtomicBool, Ordering};

use graxe::prelude::*;

const PAGE: &str = include_str!("../../../docs/pipeline.md");

/// Whether a stage was printed that the page does not have.
static STALE: AtomicBool = AtomicBool::new(false);

/// A line of one slope through points of a fixed `x`.
fn loss(w: &Array, x: &Array, y: &Array) -> Array {
    ((w * x).tanh() - y).square().sum(..)
}

/// Prints a stage and looks for it on the page.
fn show(stage: &str, text: impl ToString) {
    let text = text.to_string();
    println!("{stage}\n\n{text}\n");
    let quoted: Vec<String> = text.lines().map(|line| format!("    {line}\n")).collect();
    if !PAGE.contains(&quoted.concat()) {
        println!("^ not so in docs/pipeline.md\n");
        STALE.store(true, Ordering::Relaxed);
    }
}

/// The kernels of a compiled function, without the times that it took.
fn kernels(explanation: &graxe::Explanation) -> String {
    let line = |k: &graxe::KernelReport| format!("{}: {} -> {}", k.kind, k.operations, k.writes);
    let lines: Vec<String> = explanation.kernels.iter().map(line).collect();
    format!(
        "{}\narena: {} bytes",
        lines.join("\n"),
        explanation.arena_bytes
    )
}

fn main() {
    let x = array([0.5f32, -1.0, 2.0, 0.25]);
    let y = array([0.1f32, -0.4, 0.8, 0.0]);
    let w = array(0.7f32);
    let f = |w: &Array| loss(w, &x, &y);

    show("trace", make_program(f)(&w));
    show(
        "jvp",
        make_program(|w: &Array, t: &Array| jvp(f, (w.clone(),), (t.clone(),)))(&w, &w),
    );
    let (_, push) = linearize(f, (w.clone(),));
    show("partial_eval", make_program(push)(&(w.clone(),)));
    let (_, pull) = vjp(f, (w.clone(),));
    show("transpose", make_program(pull)(&w));
    show("grad", make_program(grad(f))(&w));
    let ws = stack(&[&w, &w, &w], 0);
    show("vmap", make_program(vmap(grad(f)))(&ws));

    let step = |w: &Array| w - 0.1 * grad(f)(w);
    let compiled = jit(step);
    show(
        "optimise, bind, fuse, plan",
        kernels(&compiled.explain(|step| step(&w))),
    );

    let descend = jit(move |w: &Array| fori_loop(0, 100, |_, w: Array| step(&w), w.clone()));
    show("control flow", descend.lower(|f| f(&w)));
    show(
        "control flow, compiled",
        kernels(&descend.explain(|f| f(&w))),
    );

    let end = descend(&w);
    let slope = grad(f)(&end).item::<f32>().abs();
    assert!(slope < 1e-5, "the descent ends at slope {slope}");
    assert!(
        !STALE.load(Ordering::Relaxed),
        "docs/pipeline.md is not what this prints"
    );
}
