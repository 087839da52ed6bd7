//! Looking into programs while they run.

use std::cell::Cell;
use std::sync::Arc;

use super::jit::misuse;
use crate::array::{Array, DType};
use crate::ir::{Place, Type, Value};
use crate::ops::{Callback, Primitive, bind};

/// Calls `f` with the elements of arrays when the program comes here, compiled code too; JAX's
/// `jax.debug.callback(ordered=True)`.
///
/// Callbacks happen in the order in which the code says them, for each step of a loop and for each device.
/// Over a batch each comes once for every example before the next comes, and once if nothing it shows is
/// batched. [`check_nans`] shows a function that gives NaN a second time. In a derivative they see the primal values.
#[track_caller]
pub fn debug_callback(f: impl Fn(&[Array]) + Send + Sync + 'static, arrays: &[&Array]) {
    let callback = Callback { call: Arc::new(f) };
    bind(
        &callback.into(),
        arrays.iter().map(|x| Value::from(*x)).collect(),
    );
}

/// Prints a line with each `{}` of `format` replaced by an array, when the program comes here; JAX's
/// `jax.debug.print`. See [`debug_callback`].
///
/// ```
/// use graxe_core::{debug_print, jit, scalar, Array};
/// let f = jit(|x: &Array| {
///     let y = x.sin();
///     debug_print("sin {} = {}", &[x, &y]);
///     y
/// });
/// f(&scalar(0.0)); // sin 0.0 = 0.0
/// ```
///
/// # Panics
/// If there are more or fewer `{}` than arrays.
#[track_caller]
pub fn debug_print(format: &str, arrays: &[&Array]) {
    let pieces: Vec<String> = format.split("{}").map(str::to_owned).collect();
    if pieces.len() != arrays.len() + 1 {
        misuse(format!(
            "debug_print: {format:?} has {} places for {} arrays",
            pieces.len() - 1,
            arrays.len()
        ));
    }
    let print = move |arrays: &[Array]| {
        let mut line = pieces[0].clone();
        for (array, piece) in arrays.iter().zip(&pieces[1..]) {
            line += &array.to_string();
            line += piece;
        }
        println!("{line}");
    };
    debug_callback(print, arrays);
}

thread_local! {
    /// Whether results are searched for NaN.
    static CHECKED: Cell<bool> = const { Cell::new(false) };
}

/// Runs `f`, and panics at the first operation on this thread that gives a NaN, naming it and the line
/// of the code that it comes from; JAX's `debug_nans`.
///
/// A compiled function that gives a NaN is run again equation by equation, which finds the one; its
/// arguments are not reused meanwhile.
///
/// ```should_panic
/// use graxe_core::{check_nans, jit, scalar, Array};
/// let f = jit(|x: &Array| x.log() * 2);
/// check_nans(|| f(&scalar(-1.0))); // check_nans: log of f32[] gives NaN (from src/main.rs:3:27)
/// ```
pub fn check_nans<R>(f: impl FnOnce() -> R) -> R {
    struct Restore(bool);
    impl Drop for Restore {
        fn drop(&mut self) {
            CHECKED.set(self.0);
        }
    }
    let _restore = Restore(CHECKED.replace(true));
    f()
}

/// Whether results are searched for NaN on this thread.
pub(crate) fn is_checked() -> bool {
    CHECKED.get()
}

/// Whether an array has a NaN.
pub(crate) fn has_nan(value: &Value) -> bool {
    match value {
        Value::Array(x) if x.is_traced() => false,
        Value::Array(x) => match x.dtype() {
            DType::F32 => x.host::<f32>().iter().any(|v| v.is_nan()),
            DType::F64 => x.host::<f64>().iter().any(|v| v.is_nan()),
            _ => false,
        },
        Value::Pattern(_) => false,
    }
}

/// Panics if an operation gave a NaN where that is looked for.
#[track_caller]
pub(crate) fn check(primitive: &Primitive, inputs: &[Type], results: &[Value], at: Place) {
    if !is_checked() || !results.iter().any(has_nan) {
        return;
    }
    let inputs: Vec<String> = inputs.iter().map(Type::to_string).collect();
    misuse(format!(
        "check_nans: {} of {} gives NaN (from {at})",
        primitive.rules().name(),
        inputs.join(", ")
    ))
}
