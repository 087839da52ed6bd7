//! Whole derivatives against loops over rows and columns and against differences.

use std::collections::BTreeMap;

use graxe_core::{
    Array, DType, Tree, array, fori_loop, grad, hessian, hessian_tree, hvp, jacfwd, jacfwd_tree,
    jacrev, jacrev_tree, jit, jvp, linear_transpose, scalar, stack, tree, vmap, with_x64,
};

use super::messages::message;
use super::numbers::{assert_close, bits, differences, doubles};

/// `[2,2]` of `[3]`.
fn curve(x: &Array) -> Array {
    let [a, b, c] = [0, 1, 2].map(|i| x.index(i));
    let parts = [&a * &b, c.sin() * &a, (&b - &c).exp(), x.square().sum(..)];
    stack(&parts.each_ref(), 0).reshape([2, 2])
}

#[test]
fn jacobians_are_their_rows_and_columns() {
    with_x64(|| {
        let x = doubles([3], 0);
        let wanted = differences(|x| curve(&x[0]), std::slice::from_ref(&x), 0);
        let (forward, reverse) = (jacfwd(curve)(&x), jacrev(curve)(&x));
        assert_eq!(&forward.shape()[..], [2, 2, 3]);
        assert_close(&forward, &wanted, 1e-8);
        assert_close(&reverse, &wanted, 1e-8);
        let columns = [0, 1, 2].map(|i| {
            let unit = Array::eye(3, DType::F64).index(i);
            jvp(curve, (x.clone(),), (unit,)).1
        });
        assert_close(&forward, &stack(&columns.each_ref(), -1), 1e-15);
        let rows = [0, 1, 2, 3].map(|i| grad(|x: &Array| curve(x).reshape([-1]).index(i))(&x));
        let rows = stack(&rows.each_ref(), 0).reshape([2, 2, 3]);
        assert_close(&reverse, &rows, 1e-15);
        assert_close(&jit(jacfwd(curve))(&x), &forward, 1e-15);
        assert_close(&jit(jacrev(curve))(&x), &reverse, 1e-15);
        let batch = doubles([5, 3], 1);
        let each = (0..5).map(|i| jacrev(curve)(&batch.index(i)));
        let each: Vec<Array> = each.collect();
        let each = stack(&each.iter().collect::<Vec<_>>(), 0);
        assert_close(&vmap(jacfwd(curve))(&batch), &each, 1e-15);
        assert_close(&vmap(jacrev(curve))(&batch), &each, 1e-15);
    });
}

#[test]
fn hessians_are_jacobians_of_gradients() {
    with_x64(|| {
        let x = doubles([3], 2);
        let loss = |x: &Array| curve(x).powi(2).sum(..);
        let wanted = differences(|x| grad(loss)(&x[0]), std::slice::from_ref(&x), 0);
        for found in [
            hessian(loss)(&x),
            jacfwd(grad(loss))(&x),
            jacrev(grad(loss))(&x),
            jacrev(jacrev(loss))(&x),
            jacfwd(jacfwd(loss))(&x),
            jit(hessian(loss))(&x),
        ] {
            assert_close(&found, &wanted, 1e-7);
        }
        let of_curve = hessian(curve)(&x);
        assert_eq!(&of_curve.shape()[..], [2, 2, 3, 3]);
        let wanted = differences(|x| jacrev(curve)(&x[0]), std::slice::from_ref(&x), 0);
        assert_close(&of_curve, &wanted, 1e-8);
        let third = jacfwd(hessian(loss))(&x);
        let wanted = differences(|x| hessian(loss)(&x[0]), std::slice::from_ref(&x), 0);
        assert_close(&third, &wanted, 1e-6);
    });
}

#[derive(Clone, Tree)]
struct Layer {
    w: Array,
    b: Option<Array>,
    #[tree(static)]
    twice: bool,
}

fn apply(layer: &Layer, x: &Array) -> BTreeMap<String, Array> {
    let h = x.matmul(&layer.w);
    let h = layer.b.as_ref().map_or(h.clone(), |b| h + b);
    let h = if layer.twice { h * 2 } else { h };
    BTreeMap::from([
        ("hidden".to_owned(), h.tanh()),
        ("norm".to_owned(), h.square().sum(..)),
    ])
}

#[test]
fn trees_have_a_block_for_each_pair_of_leaves() {
    with_x64(|| {
        let layer = Layer {
            w: doubles([3, 2], 0),
            b: Some(doubles([2], 1)),
            twice: true,
        };
        let x = doubles([3], 2);
        let parts = [layer.w.clone(), doubles([2], 1)];
        for found in [
            jacfwd_tree(apply)(&layer, &x),
            jacrev_tree(apply)(&layer, &x),
            jit(jacfwd_tree(apply))(&layer, &x),
            jit(jacrev_tree(apply))(&layer, &x),
        ] {
            let outputs: Vec<String> = found.iter().map(|(path, _)| path.to_string()).collect();
            assert_eq!(outputs, ["hidden", "norm"]);
            for (path, row) in found.iter() {
                for (i, name) in ["w", "b"].iter().enumerate() {
                    let path = path.to_string();
                    let one = |parts: &[Array]| {
                        let layer = Layer {
                            w: parts[0].clone(),
                            b: Some(parts[1].clone()),
                            twice: true,
                        };
                        apply(&layer, &x)[&path].clone()
                    };
                    let wanted = differences(one, &parts, i);
                    let block = row.get(name).unwrap_or_else(|| panic!("{name}"));
                    assert_close(block, &wanted, 1e-8);
                }
            }
        }
    });
}

#[test]
fn blocks_of_what_does_not_depend_are_zero() {
    let f = |p: &(Array, Array)| (p.0.sin(), p.1.square());
    let at = (doubles([2], 0), doubles([3], 1));
    for found in [jacfwd_tree(f)(&at), jacrev_tree(f)(&at)] {
        let block = |row: &str, col: &str| found.get(row).and_then(|r| r.get(col)).cloned();
        assert_close(
            &block("[0]", "[1]"),
            &Some(Array::zeros([2, 3], DType::F64)),
            0.0,
        );
        assert_close(
            &block("[1]", "[0]"),
            &Some(Array::zeros([3, 2], DType::F64)),
            0.0,
        );
        let diagonal = Array::eye(3, DType::F64) * (&at.1 * 2);
        assert_close(&block("[1]", "[1]"), &Some(diagonal), 1e-15);
        assert!(block("[0]", "[2]").is_none());
    }
}

#[test]
fn second_derivatives_of_trees_and_their_products() {
    with_x64(|| {
        let layer = Layer {
            w: doubles([3, 2], 0),
            b: Some(doubles([2], 1)),
            twice: false,
        };
        let x = doubles([3], 2);
        let loss = |l: &Layer, x: &Array| {
            let out = apply(l, x);
            (&out["hidden"] * &out["norm"]).sum(..)
        };
        let flat = |parts: &[Array]| Layer {
            w: parts[0].clone(),
            b: Some(parts[1].clone()),
            twice: false,
        };
        let parts = [doubles([3, 2], 0), doubles([2], 1)];
        let found = hessian_tree(loss)(&layer, &x);
        for (i, row) in ["w", "b"].iter().enumerate() {
            for (j, col) in ["w", "b"].iter().enumerate() {
                let slope = |parts: &[Array]| {
                    let g = grad(loss)(&flat(parts), &x);
                    [g.w, g.b.unwrap_or_else(|| panic!("b is there"))][i].clone()
                };
                let block = found.get(row).and_then(|r| r.get(col));
                let block = block.unwrap_or_else(|| panic!("{row} {col}"));
                assert_close(block, &differences(slope, &parts, j), 1e-7);
            }
        }
        let direction = tree::map(&layer, |x| x.cos());
        let (gradient, product) = hvp(loss, (layer.clone(), x.clone()), direction.clone());
        assert_eq!(bits(&gradient), bits(&grad(loss)(&layer, &x)));
        let along = jvp(
            |l: &Layer| grad(loss)(l, &x),
            (layer.clone(),),
            (direction.clone(),),
        );
        assert_close(&product, &along.1, 1e-15);
        // The blocks times the direction.
        let w = direction.w.reshape([-1]);
        let block = |col: &str| found.get("b").and_then(|r| r.get(col)).cloned();
        let (of_w, of_b) = (block("w"), block("b"));
        let (Some(of_w), Some(of_b), Some(b)) = (of_w, of_b, &direction.b) else {
            panic!("every block is there")
        };
        let wanted = of_w.reshape([2, 6]).matmul(&w) + of_b.matmul(b);
        assert_close(&product.b, &Some(wanted), 1e-13);
        let jitted = jit(move |l: &Layer, d: &Layer, x: &Array| {
            hvp(loss, (l.clone(), x.clone()), d.clone())
        });
        assert_close(&jitted(&layer, &direction, &x).1, &product, 1e-13);
    });
}

#[test]
fn scalars_and_empty_arrays_have_derivatives_too() {
    let x = doubles([], 1);
    assert_close(&jacfwd(Array::sin)(&x), &x.cos(), 0.0);
    assert_close(&jacrev(Array::sin)(&x), &x.cos(), 0.0);
    assert_close(&hessian(Array::sin)(&x), &-x.sin(), 0.0);
    let none = doubles([0], 0);
    assert_eq!(&jacfwd(Array::sin)(&none).shape()[..], [0, 0]);
    assert_eq!(&jacrev(Array::sin)(&none).shape()[..], [0, 0]);
    let sum = |x: &Array| x.sum(..);
    assert_eq!(&hessian(sum)(&none).shape()[..], [0, 0]);
    assert_eq!(&jacrev(sum)(&none).shape()[..], [0]);
}

#[test]
fn other_arguments_are_held() {
    let f = |x: &Array, n: &Array| x.sin() * n;
    let (x, n) = (doubles([2], 0), Array::from_vec(vec![2i32, 3], 2));
    let wanted = Array::eye(2, DType::F64) * (x.cos() * &n);
    assert_close(&jacfwd(f)(&x, &n), &wanted, 1e-15);
    assert_close(&jacrev(f)(&x, &n), &wanted, 1e-15);
}

#[test]
fn derivatives_of_integers_are_refused() {
    let n = array([1i32, 2]);
    for text in [
        message(|| drop(jacfwd(|x: &Array| x * 2)(&n))),
        message(|| drop(jacrev(|x: &Array| x * 2)(&n))),
        message(|| drop(hessian(|x: &Array| (x * 2).sum(..))(&n))),
    ] {
        assert!(
            text.contains("i32[2]") && text.contains("only floats"),
            "{text}"
        );
    }
    let floor = |x: &Array| x.astype(DType::I32);
    let text = message(|| drop(jacrev(floor)(&array([1.0]))));
    assert!(
        text.starts_with("jacrev: the function must give floats"),
        "{text}"
    );
    let text = message(|| drop(hvp(Array::sin, (array([1.0]),), array([1.0]))));
    assert!(
        text.starts_with("hvp: the function must give a float"),
        "{text}"
    );
    let sum = |x: &Array| x.sum(..);
    let text = message(|| drop(hvp(sum, (array([1.0]),), array([1.0, 2.0]))));
    assert!(
        text.contains("direction f32[2]") && text.contains("f32[1]"),
        "{text}"
    );
}

#[test]
fn linear_functions_are_transposed() {
    let a = doubles([3, 2], 0);
    let f = |x: &Array, y: &Array| (a.matmul(x), x.sum(..) * 2 - y);
    let transpose = linear_transpose(f, (doubles([2], 1), doubles([], 2)));
    let (c, d) = (doubles([3], 3), doubles([], 4));
    let (x, y) = transpose(&(c.clone(), d.clone()));
    let wanted = a.t().matmul(&c) + 2 * &d;
    assert_close(&(x, y), &(wanted, -&d), 1e-15);
    let jitted = jit(move |c: &Array, d: &Array| transpose(&(c.clone(), d.clone())).0);
    assert_eq!(jitted(&c, &d).shape(), doubles([2], 1).shape());
    // Integers are what they were.
    let scale = |x: &Array, n: &Array| x * n;
    let n = Array::from_vec(vec![3i32], ());
    let (pulled, _) = linear_transpose(scale, (doubles([2], 1), n))(&doubles([2], 5));
    assert_close(&pulled, &(doubles([2], 5) * 3), 0.0);
    let unused = |x: &Array, _: &Array| x.clone();
    let (_, zero) = linear_transpose(unused, (doubles([2], 1), doubles([2], 1)))(&doubles([2], 5));
    assert_close(&zero, &Array::zeros(2, DType::F64), 0.0);
}

#[test]
fn functions_that_are_not_linear_have_no_transpose() {
    let transpose = |f: fn(&Array) -> Array| {
        let pull = linear_transpose(f, (scalar(1.0),));
        message(|| drop(pull(&scalar(1.0))))
    };
    assert!(
        transpose(Array::sin).contains("sin is not linear"),
        "{}",
        transpose(Array::sin)
    );
    let square = transpose(|x| x * x);
    assert!(square.contains("not linear"), "{square}");
    let pull = linear_transpose(|x: &Array| x * 2, (scalar(1.0),));
    let text = message(|| drop(pull(&array([1.0, 2.0]))));
    assert!(
        text.contains("linear_transpose: the cotangent f32[2]"),
        "{text}"
    );
}

#[test]
fn loops_that_count_are_transposed_around_their_counter() {
    // The counter is carried and known, what is summed is linear.
    let push = |x: &Array| fori_loop(0, 3, |i, c: Array| c * (i + 2).sin() + x, x * 0.5);
    let x = doubles([2], 1);
    let weights = doubles([2], 3);
    let (pulled,) = linear_transpose(push, (x.clone(),))(&weights);
    let wanted = grad(|x: &Array| (push(x) * &weights).sum(..))(&x);
    let step = |i: f64| (i + 2.0).sin();
    let slope = 0.5 * step(0.0) * step(1.0) * step(2.0) + step(1.0) * step(2.0) + step(2.0) + 1.0;
    // The sines of the counter are in single precision.
    for ((got, want), weight) in doubles_of(&pulled)
        .iter()
        .zip(doubles_of(&wanted))
        .zip(doubles_of(&weights))
    {
        let exact = slope * weight;
        assert!((got - want).abs() < 1e-12, "{got} {want}");
        assert!((got - exact).abs() < 1e-6, "{got} {exact}");
    }
}

fn doubles_of(x: &Array) -> Vec<f64> {
    x.to_vec::<f64>()
}
