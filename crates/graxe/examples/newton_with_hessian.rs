//! Newton's method: steps by the Hessian inside of a `while_loop`, one compiled program in all.
//!
//! Logistic regression is convex, so that a few steps reach machine precision, where gradient descent
//! takes thousands. The linear system of a step is solved twice: by elimination in array
//! code, and without the matrix, by conjugate gradients over products with the Hessian.

use graxe::prelude::*;

/// The negative log likelihood of labels `y` of ±1 at `w: [d]`, with a penalty that makes it
/// strictly convex.
fn loss(w: &Array, x: &Array, y: &Array) -> Array {
    let margins = x.matmul(w) * y;
    (-margins).exp().log1p().mean(..) + 0.01 * w.square().sum(..)
}

/// Solves `a x = b` for a symmetric positive definite `a: [n, n]` and `b: [n]` by elimination. Pivots
/// are positive, so that no rows change places.
fn solve(a: &Array, b: &Array) -> Array {
    let n = b.size();
    let rows = arange(n as i32);
    let eliminate = |k: Array, (a, b): (Array, Array)| {
        // Row k divided by its pivot, and a multiple of it taken from every other row.
        let row = a.index(&k) / a.index((&k, &k));
        let entry = b.index(&k) / a.index((&k, &k));
        let factors = select(&rows.equal(&k), 0, a.index((.., &k)));
        let a = (a - factors.expand_dims(1) * &row).at(&k).set(row);
        let b = (b - factors * &entry).at(&k).set(entry);
        (a, b)
    };
    fori_loop(0, n, eliminate, (a.clone(), b.clone())).1
}

/// Solves `A x = b` by conjugate gradients, where `product` gives `A v`.
fn conjugate_gradients(product: impl Fn(&Array) -> Array, b: &Array) -> Array {
    let dot = |a: &Array, b: &Array| (a * b).sum(..);
    let step = |_: Array, (x, r, p): (Array, Array, Array)| {
        let ap = product(&p);
        // Where nothing is left to do, 0 / 0 must not become NaN.
        let tiny = f64::from(f32::MIN_POSITIVE);
        let alpha = dot(&r, &r) / dot(&p, &ap).maximum(tiny);
        let left = &r - &alpha * ap;
        let beta = dot(&left, &left) / dot(&r, &r).maximum(tiny);
        (x + alpha * &p, left.clone(), left + beta * p)
    };
    let start = (tree::zeros_like(b), b.clone(), b.clone());
    fori_loop(0, b.size(), step, start).0
}

fn main() {
    let dimensions = 5;
    let [places, noise] = Key::new(0).split();
    let truth = array([1.5f32, -2.0, 0.5, 0.0, 1.0]);
    let x = random::normal(&places, [200, dimensions], DType::F32);
    let y = (x.matmul(&truth) + 0.5 * random::logistic(&noise, 200, DType::F32)).sign();

    // As long as the gradient is not small, and for 20 steps at most.
    let newton = jit(|w: &Array, x: &Array, y: &Array| {
        let slope = |w: &Array| grad(loss)(w, x, y);
        let going = |(w, steps): &(Array, Array)| {
            let large = slope(w).abs().max(..).greater(1e-6);
            large & steps.less(20)
        };
        let step = |(w, steps): (Array, Array)| {
            let direction = solve(&hessian(loss)(&w, x, y), &slope(&w));
            (w - direction, steps + 1)
        };
        while_loop(going, step, (w.clone(), scalar(0)))
    });
    let start = Array::zeros(dimensions, DType::F32);
    let (w, steps) = newton(&start, &x, &y);
    let slope = grad(loss)(&w, &x, &y).abs().max(..).item::<f32>();
    println!("{steps} steps of Newton's method, largest slope {slope:.1e}");
    println!("w = {w}");
    assert!(steps.item::<i32>() < 10);
    assert!(slope <= 1e-6);

    // The same without the Hessian: `hvp` gives its product with a vector.
    let newton_free = jit(|w: &Array, x: &Array, y: &Array| {
        let step = |_: Array, w: Array| {
            let f = |w: &Array| loss(w, x, y);
            let product = |v: &Array| hvp(f, (w.clone(),), v.clone()).1;
            let slope = grad(f)(&w);
            &w - conjugate_gradients(product, &slope)
        };
        fori_loop(0, 8, step, w.clone())
    });
    let free = newton_free(&start, &x, &y);
    let apart = (&free - &w).abs().max(..).item::<f32>();
    println!("apart from the solution by conjugate gradients: {apart:.1e}");
    assert!(apart < 1e-4);

    // The loop with a known count is a scan: reverse mode goes through the whole of Newton's method.
    // The solution moves with the labels' scale as the implicit function theorem says.
    let solution = |scale: &Array| {
        let step = |_: Array, w: Array| {
            let scaled = |w: &Array| loss(w, &x, &(&y * scale));
            &w - solve(&hessian(scaled)(&w), &grad(scaled)(&w))
        };
        fori_loop(0, 8, step, start.clone()).square().sum(..)
    };
    let through = grad(solution)(&scalar(1.0)).item::<f32>();
    let near = |s: f32| solution(&scalar(s)).item::<f32>();
    let difference = (near(1.01) - near(0.99)) / 0.02;
    println!("slope of |w|² in the labels' scale: {through:.4}, by differences {difference:.4}");
    assert!((through - difference).abs() < 0.02 * difference.abs());
}
