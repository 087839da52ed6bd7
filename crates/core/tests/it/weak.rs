//! Weak numbers through programs in programs.

use graxe_core::{Array, DType, checkpoint, cond, custom_jvp, fori_loop, grad, jit, scalar, scan};

/// `0.5`, weak.
fn half() -> Array {
    Array::from(0.5)
}

#[test]
fn a_weak_result_takes_a_strong_cotangent() {
    let t = Array::from_vec(vec![1f32, 2.0], 2);
    let g = jit(|c: &Array| c * 2);
    let loss = |c: &Array| (g(c) - &t).sum(..);
    assert_eq!(jit(grad(loss))(&half()).item::<f32>(), 4.0);
    let g = checkpoint(|c: &Array| c.sin());
    let slope = grad(|c: &Array| (g(c) - &t).sum(..));
    assert_eq!(
        jit(|c: &Array| slope(c))(&half()).item::<f32>(),
        slope(&half()).item::<f32>()
    );
    let g = custom_jvp(|c: &Array| c * 1, |(c,), (t,)| (c, t * 3));
    let loss = |c: &Array| (g(c) - &t).sum(..);
    assert_eq!(jit(grad(loss))(&half()).item::<f32>(), 6.0);
}

#[test]
fn results_are_as_weak_compiled_as_eager() {
    let f = |x: &Array| cond(x.greater(0), |x: &Array| x * 2, |x: &Array| x + 1, x);
    for x in [Array::from(7), scalar(7)] {
        let (eager, compiled) = (f(&x), jit(f)(&x));
        assert_eq!(eager.is_weak(), compiled.is_weak());
        assert_eq!(eager.dtype(), compiled.dtype());
    }
}

#[test]
fn a_weak_carry_takes_the_dtype_that_it_comes_out_with() {
    let halved = fori_loop(0, 3, |_, s: Array| s * 0.5, Array::from(1));
    assert_eq!((halved.dtype(), halved.item::<f32>()), (DType::F32, 0.125));
    let xs = Array::from_vec(vec![1f32, 2.0], 2);
    let (sum, ()) = scan(|s: Array, x: Array| (s + x, ()), Array::from(0), &xs);
    assert_eq!((sum.dtype(), sum.item::<f32>()), (DType::F32, 3.0));
}
