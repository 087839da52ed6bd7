//! Derivatives of any order, in any nesting.

use graxe_core::{
    Arg0, Arg1, Arg2, Array, DType, ScanOptions, Tree, array, grad, grad_at, grad_aux, jit, jvp,
    linearize, relu, scalar, scan, scan_with, select, tree, value_and_grad, vjp, vmap,
};

fn item(x: &Array) -> f32 {
    x.item()
}

#[test]
fn derivatives_nest() {
    let cube = |x: &Array| x.powi(3);
    assert_eq!(item(&grad(grad(grad(cube)))(&scalar(2.0))), 6.0);
    assert_eq!(item(&grad(relu)(&scalar(0.0))), 0.0);
    assert_eq!(item(&grad(grad(relu))(&scalar(5.0))), 0.0);
    let (value, tangent) = jvp(grad(cube), (scalar(2.0),), (scalar(1.0),));
    assert_eq!((item(&value), item(&tangent)), (12.0, 12.0));
    // A function that uses a gradient inside.
    let inner = |x: &Array| grad(|y: &Array| y.powi(2) * x)(x);
    assert_eq!(item(&grad(inner)(&scalar(3.0))), 12.0);
}

#[test]
fn an_inner_derivative_does_not_see_the_outer_perturbation() {
    // d/dx [x · d/dy (x + y)] = 1, and 2 for those who confuse perturbations.
    let f = |x: &Array| {
        let one = grad(|y: &Array| x + y)(&scalar(1.0));
        x * one
    };
    assert_eq!(item(&grad(f)(&scalar(1.0))), 1.0);
}

#[test]
fn gradients_have_the_arguments_type() {
    #[derive(Tree, Clone)]
    struct Layer {
        w: Array,
        b: Option<Array>,
        #[tree(static)]
        scale: f32,
    }
    let layer = Layer {
        w: array([1.0, 2.0]),
        b: Some(scalar(3.0)),
        scale: 2.0,
    };
    let loss = |l: &Layer, x: &Array| {
        let y = &l.w * x;
        let y = l.b.as_ref().map_or(y.clone(), |b| y + b);
        (y * f64::from(l.scale)).sum(..)
    };
    let (value, g) = value_and_grad(loss)(&layer, &array([5.0, 7.0]));
    assert_eq!(item(&value), 2.0 * (5.0 + 3.0 + 14.0 + 3.0));
    assert_eq!(g.w.to_vec::<f32>(), [10.0, 14.0]);
    assert_eq!(g.b.as_ref().map(item), Some(4.0));
    assert_eq!(g.scale, 2.0);
    let names: Vec<String> = tree::named_leaves(&layer)
        .iter()
        .map(|(path, _)| path.to_string())
        .collect();
    assert_eq!(names, ["w", "b"]);
}

#[test]
fn any_argument_and_auxiliary_outputs() {
    let f = |x: &Array, y: &Array, z: &Array| x * y * z;
    let (dx, dz) = grad_at(f, (Arg0, Arg2))(&scalar(2.0), &scalar(3.0), &scalar(4.0));
    assert_eq!((item(&dx), item(&dz)), (12.0, 6.0));
    let g = |x: &Array| (x.square(), x + 1);
    let (dx, aux) = grad_aux(g)(&scalar(3.0));
    assert_eq!((item(&dx), item(&aux)), (6.0, 4.0));
}

#[test]
fn forward_and_reverse_agree() {
    let f = |x: &Array| (x.sin() * x.index(0)).logsumexp(..).tanh();
    let x = Array::from_vec(vec![0.3f64, -1.2, 2.0], 3);
    let v = Array::from_vec(vec![1.0f64, 0.5, -0.25], 3);
    let (_, forward) = jvp(f, (x.clone(),), (v.clone(),));
    let (_, pull) = vjp(f, (x.clone(),));
    let (g,) = pull(&Array::from_vec(vec![1.0f64], ()));
    assert!((forward.item::<f64>() - (g * &v).sum(..).item::<f64>()).abs() < 1e-14);
    let (_, push) = linearize(f, (x,));
    assert!((push(&(v,)).item::<f64>() - forward.item::<f64>()).abs() < 1e-14);
}

#[test]
fn derivatives_pass_through_jit_and_vmap_in_any_order() {
    let f = jit(|x: &Array, w: Array| (x * w).tanh().sum(..));
    let (x, w) = (array([0.5, -0.25]), array([2.0, 3.0]));
    let plain = grad(|x: &Array, w: &Array| (x * w).tanh().sum(..))(&x, &w).to_vec::<f32>();
    assert_eq!(grad(&f)(&x, w.clone()).to_vec::<f32>(), plain);
    assert_eq!(jit(grad(&f))(&x, w.clone()).to_vec::<f32>(), plain);
    let scalar_f = |x: &Array, w: &Array| (x * w).tanh();
    assert_eq!(vmap(grad(scalar_f))(&x, &w).to_vec::<f32>(), plain);
    assert_eq!(
        vmap(jit(grad(jit(scalar_f))))(&x, &w).to_vec::<f32>(),
        plain
    );
    let summed = grad(|x: &Array, w: &Array| vmap(jit(scalar_f))(x, w).sum(..))(&x, &w);
    assert_eq!(summed.to_vec::<f32>(), plain);
    let second = vmap(grad(grad(jit(|x: &Array| x.powi(4)))))(&array([1.0, 2.0]));
    assert_eq!(second.to_vec::<f32>(), [12.0, 48.0]);
}

#[test]
fn a_masked_root_still_leaks_nan_as_in_jax() {
    let f = |x: &Array| select(&x.greater(0), x.sqrt(), 0);
    assert!(item(&grad(f)(&scalar(0.0))).is_nan());
}

#[test]
fn unused_arguments_have_zero_gradients() {
    let f = |p: &(Array, Array)| p.0.square();
    let (_, unused) = grad(f)(&(scalar(2.0), Array::ones([2, 2], DType::F32)));
    assert_eq!(unused.to_vec::<f32>(), [0.0; 4]);
}

#[test]
fn bits_read_as_their_own_dtype_keep_their_slope() {
    let same = |x: &Array| x.bitcast(DType::F32).square();
    assert_eq!(item(&grad(same)(&scalar(3.0))), 6.0);
    let other = |x: &Array| x.square() + x.bitcast(DType::I32).astype(DType::F32) * 0.0;
    assert_eq!(item(&grad(other)(&scalar(3.0))), 6.0);
}

#[test]
fn reverse_mode_keeps_the_slices_that_each_step_read() {
    // Each slope is a slice of another operand, so that none can stand for another.
    let f = |c: &Array, xs: &(Array, Array, Array)| {
        let step = |c: Array, (a, b, d): (Array, Array, Array)| (c * b + a * d, ());
        scan(step, c.clone(), xs).0
    };
    let xs = (
        array([1.0, 2.0, 3.0]),
        array([5.0, 7.0, 11.0]),
        array([13.0, 17.0, 19.0]),
    );
    let (dc, (da, db, dd)) = grad_at(f, (Arg0, Arg1))(&scalar(2.0), &xs);
    assert_eq!(item(&dc), 385.0);
    assert_eq!(da.to_vec::<f32>(), [13.0 * 77.0, 17.0 * 11.0, 19.0]);
    assert_eq!(db.to_vec::<f32>(), [2.0 * 77.0, 23.0 * 11.0, 195.0]);
    assert_eq!(dd.to_vec::<f32>(), [77.0, 22.0, 3.0]);
}

#[test]
fn a_carry_that_moves_only_after_some_steps_has_a_derivative() {
    // The first carry depends on the second, which depends on the third, which depends on w.
    let f = |w: &Array| {
        let step = |(_, b, c): (Array, Array, Array), ()| ((&b * 2, &c * 3, c * w), ());
        let start = (scalar(0.0), scalar(0.0), scalar(1.0));
        let options = ScanOptions::default().length(4);
        scan_with(step, start, &(), options).0.0
    };
    // 2 · 3 · w² after four steps.
    assert_eq!(item(&f(&scalar(5.0))), 150.0);
    assert_eq!(item(&grad(f)(&scalar(5.0))), 60.0);
    assert_eq!(item(&jvp(f, (scalar(5.0),), (scalar(1.0),)).1), 60.0);
    let together = vmap(f)(&array([5.0, 1.0]));
    assert_eq!(together.to_vec::<f32>(), [150.0, 6.0]);
}
