//! A differential equation integrated by `scan`, and its parameter recovered from what was observed.
//!
//! A pendulum with friction, `θ'' = -sin θ - c θ'`, is integrated by the classical Runge-Kutta method.
//! The gradient of the misfit in `c` goes backwards through all of its steps; `checkpoint` keeps the
//! state of each step only, and computes the four stages again.

use graxe::prelude::*;
use graxe::with_x64;

/// Length of a step in time, and how many there are.
const STEP: f64 = 0.05;
const STEPS: usize = 200;

/// Angle and angular velocity.
type State = (Array, Array);

fn slope((angle, velocity): &State, friction: &Array) -> State {
    (velocity.clone(), -angle.sin() - friction * velocity)
}

/// One step of the classical Runge-Kutta method.
fn runge_kutta(state: &State, friction: &Array) -> State {
    let moved = |by: f64, along: &State| tree::map2(state, along, |x, k| x + by * k);
    let k1 = slope(state, friction);
    let k2 = slope(&moved(STEP / 2.0, &k1), friction);
    let k3 = slope(&moved(STEP / 2.0, &k2), friction);
    let k4 = slope(&moved(STEP, &k3), friction);
    let middle = tree::map2(&k2, &k3, |a, b| 2 * (a + b));
    let sum = tree::map3(&k1, &middle, &k4, |a, b, c| a + b + c);
    moved(STEP / 6.0, &sum)
}

/// The angles after each step, `[STEPS]`, from rest at 1.
fn angles(friction: &Array) -> Array {
    let step = checkpoint(runge_kutta);
    let advance = |state: State, (): ()| {
        let state = step(&state, friction);
        let angle = state.0.clone();
        (state, angle)
    };
    let start = (array(1.0), array(0.0));
    scan_with(advance, start, &(), ScanOptions::default().length(STEPS)).1
}

fn main() {
    // Without friction the energy stays: a check of the integration itself.
    let still = angles(&array(0.0));
    let highest = still.abs().max(..).item::<f32>();
    println!("without friction the pendulum returns to {highest:.5}");
    assert!((highest - 1.0).abs() < 1e-3);

    let truth = 0.3;
    let noise = 0.01 * random::normal(&Key::new(0), STEPS, DType::F32);
    let observed = angles(&array(truth)) + noise;
    let misfit =
        |friction: &Array, observed: &Array| (angles(friction) - observed).square().mean(..);

    // The gradient against a difference quotient, in double precision.
    with_x64(|| {
        let observed = observed.astype(DType::F64);
        let at = |friction: f64| misfit(&array(friction), &observed).item::<f64>();
        let exact = grad(misfit)(&array(0.1), &observed).item::<f64>();
        let difference = (at(0.1 + 1e-6) - at(0.1 - 1e-6)) / 2e-6;
        println!("slope at 0.1: {exact:.9}, by differences {difference:.9}");
        assert!((exact - difference).abs() < 1e-7);
    });

    let descend = jit(|friction: Array, observed: &Array| {
        let (misfit, slope) = value_and_grad(misfit)(&friction, observed);
        (friction - 0.05 * slope, misfit)
    });
    let mut friction = array(0.05);
    let mut left = scalar(0.0);
    for step in 0..=100 {
        (friction, left) = descend(friction, &observed);
        if step % 25 == 0 {
            let (friction, left) = (friction.item::<f32>(), left.item::<f32>());
            println!("step {step:>3}  friction {friction:.4}  misfit {left:.6}");
        }
    }
    assert!((friction.item::<f64>() - truth).abs() < 0.01);
    assert!(left.item::<f32>() < 2e-4); // the noise: 0.01²
}
