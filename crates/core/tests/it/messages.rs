//! Misuse panics at the caller's line and says what to do.

use std::panic::{AssertUnwindSafe, catch_unwind};

use graxe_core::{Array, BatchAxes, DType, array, grad, jit, scalar, vmap, vmap_with};

/// The message of a panic; the panic's own report is kept off the output.
pub(crate) fn message(f: impl FnOnce()) -> String {
    let payload = catch_unwind(AssertUnwindSafe(f)).err();
    let payload = payload.unwrap_or_else(|| panic!("the call should have been refused"));
    payload
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| payload.downcast_ref::<&str>().map(|s| (*s).to_owned()))
        .unwrap_or_default()
}

#[test]
fn shapes_are_named() {
    let (a, b) = (
        Array::zeros([2, 3], DType::F32),
        Array::zeros([4, 2], DType::F32),
    );
    assert_eq!(
        message(|| drop(&a + &b)),
        "add: shapes do not broadcast: f32[2,3] and f32[4,2]"
    );
    assert_eq!(
        message(|| drop(a.matmul(&b))),
        "matmul: f32[2,3] and f32[4,2] do not fit"
    );
    assert_eq!(
        message(|| drop(a.reshape([5, -1]))),
        "reshape: f32[2,3] cannot have shape [5, -1]"
    );
    assert!(message(|| drop(a.sum(2))).contains("axis 2 is out of range"));
    assert_eq!(
        message(|| drop(graxe_core::sort(&[&a, &b], 0, 1))),
        "sort: shapes do not match: f32[2,3] and f32[4,2]"
    );
    assert_eq!(
        message(|| drop(a.top_k(4))),
        "top_k: f32[2,3] has no 4 elements in a row"
    );
    assert!(message(|| drop(a.cumsum(2))).starts_with("cumsum: axis 2 is out of range"));
    assert_eq!(
        message(|| drop(a.quantile(1.5, ..))),
        "quantile: 1.5 is not between 0 and 1"
    );
}

#[test]
fn traced_values_cannot_be_looked_at() {
    let text = message(|| {
        jit(|x: &Array| if x.item::<f32>() > 0.0 { x.clone() } else { -x })(&scalar(1.0));
    });
    assert!(text.contains("select"), "{text}");
}

#[test]
fn leaked_tracers_are_found() {
    let kept = std::sync::Mutex::new(None);
    jit(|x: &Array| {
        if let Ok(mut kept) = kept.lock() {
            *kept = Some(x.clone());
        }
        x + 1
    })(&scalar(1.0));
    let leaked = kept.into_inner().ok().flatten();
    let leaked = leaked.unwrap_or_else(|| panic!("the closure stored its argument"));
    assert!(message(|| drop(&leaked + 1)).contains("left its function"));
    assert!(
        message(|| drop(jit(|y: &Array| y + &leaked)(&scalar(1.0)))).contains("left its function")
    );
}

#[test]
fn gradients_of_the_wrong_things_are_refused() {
    let text = message(|| drop(grad(|x: &Array| x * 2)(&array([1.0, 2.0]))));
    assert!(text.contains("must give a float of shape []"), "{text}");
    let text = message(|| drop(grad(|x: &Array| x * 2.0)(&array([1i32]))));
    assert!(text.contains("only floats have gradients"), "{text}");
}

#[test]
fn batches_of_different_sizes_are_listed() {
    let (x, y) = (array([1.0, 2.0, 3.0]), array([1.0, 2.0, 3.0, 4.0]));
    let text = message(|| drop(vmap(|x: &Array, y: &Array| x + y)(&x, &y)));
    assert_eq!(
        text,
        "vmap: the batch has different sizes: argument 0 [3] has size 3 on axis 0; argument 1 \
         [4] has size 4 on axis 0"
    );
    let shared = BatchAxes::inputs([(), ()]);
    let text = message(|| drop(vmap_with(|x: &Array, y: &Array| x + y, shared)(&x, &x)));
    assert!(text.contains("no argument is batched"), "{text}");
    let far = BatchAxes::inputs([2]);
    let text = message(|| drop(vmap_with(|x: &Array| x + 1, far)(&x)));
    assert!(text.contains("needs rank 3"), "{text}");
    let output = BatchAxes::default().output(());
    let text = message(|| drop(vmap_with(|x: &Array| x + 1, output)(&x)));
    assert!(text.contains("batched on axis 0"), "{text}");
}

#[test]
fn compile_errors_stay_readable() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
