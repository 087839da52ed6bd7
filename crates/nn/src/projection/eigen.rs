//! Eigenvectors of symmetric matrices without negative eigenvalues, the greatest first.

use super::{add, dot};

/// More sweeps than any matrix needs; convergence is quadratic.
const MOST_SWEEPS: usize = 60;
/// Vectors of the block iteration: the more, the faster the first two are found.
const BLOCK: usize = 8;
const STEPS: usize = 30;

/// All eigenvectors of a symmetric `[n, n]` matrix, by falling eigenvalues.
///
/// # Reference
/// Jacobi's rotations, cyclic by rows: Golub and Van Loan, Matrix computations, 4th edition, section 8.5.
pub(super) fn eigenvectors(mut a: Vec<f64>, n: usize) -> Vec<Vec<f64>> {
    let mut vectors: Vec<Vec<f64>> = (0..n).map(|i| unit(n, i)).collect();
    let norm: f64 = a.iter().map(|x| x * x).sum::<f64>().sqrt();
    // What is below this changes no eigenvector by more than rounding does.
    let negligible = norm * f64::EPSILON / n.max(1) as f64;
    for _ in 0..MOST_SWEEPS {
        let mut rotated = false;
        for p in 0..n {
            for q in p + 1..n {
                // Of NaN nothing is greater than anything, and nothing is rotated.
                if a[p * n + q].abs() > negligible {
                    let rotation = Rotation::of(&a, n, p, q);
                    rotation.of_matrix(&mut a, n);
                    rotation.of_vectors(&mut vectors);
                    rotated = true;
                }
            }
        }
        if !rotated {
            break;
        }
    }
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&i, &j| a[j * n + j].total_cmp(&a[i * n + i]));
    order
        .into_iter()
        .map(|i| std::mem::take(&mut vectors[i]))
        .collect()
}

/// A rotation in the plane of two axes, `p < q`, after which the matrix has a 0 there.
struct Rotation {
    p: usize,
    q: usize,
    cos: f64,
    sin: f64,
}

impl Rotation {
    fn of(a: &[f64], n: usize, p: usize, q: usize) -> Self {
        let half = (a[q * n + q] - a[p * n + p]) / (2.0 * a[p * n + q]);
        // The smaller of both angles.
        let tan = half.signum() / (half.abs() + half.hypot(1.0));
        let cos = 1.0 / tan.hypot(1.0);
        let sin = tan * cos;
        Self { p, q, cos, sin }
    }

    fn turn(&self, x: &mut f64, y: &mut f64) {
        (*x, *y) = (self.cos * *x - self.sin * *y, self.sin * *x + self.cos * *y);
    }

    fn of_vectors(&self, vectors: &mut [Vec<f64>]) {
        let (low, high) = vectors.split_at_mut(self.q);
        let pairs = low[self.p].iter_mut().zip(&mut high[0]);
        pairs.for_each(|(x, y)| self.turn(x, y));
    }

    /// Rows, then columns.
    fn of_matrix(&self, a: &mut [f64], n: usize) {
        let (low, high) = a.split_at_mut(self.q * n);
        let pairs = low[self.p * n..][..n].iter_mut().zip(&mut high[..n]);
        pairs.for_each(|(x, y)| self.turn(x, y));
        for row in a.chunks_mut(n) {
            let (low, high) = row.split_at_mut(self.q);
            self.turn(&mut low[self.p], &mut high[0]);
        }
    }
}

/// The leading eigenvectors of `Xᵀ X`, `[f, f]`, by falling eigenvalues, from products with `X` and `Xᵀ`.
///
/// # Reference
/// Orthogonal iteration with a Ritz step at its end: Golub and Van Loan, sections 7.3.2 and 8.2.4.
pub(super) fn leading(
    f: usize,
    times: impl Fn(&[Vec<f64>]) -> Vec<Vec<f64>>,
    transposed_times: impl Fn(&[Vec<f64>]) -> Vec<Vec<f64>>,
) -> Vec<Vec<f64>> {
    let size = BLOCK.min(f);
    // A chirp: each vector has frequencies of its own at every place, so that data are not orthogonal to all of
    // them by their order.
    let start = |k: usize| {
        (0..f)
            .map(|i| ((i * size + k + 1) as f64).powi(2).sin())
            .collect()
    };
    let mut vectors: Vec<Vec<f64>> = (0..size).map(start).collect();
    orthonormalise(&mut vectors);
    for _ in 0..STEPS {
        vectors = transposed_times(&times(&vectors));
        orthonormalise(&mut vectors);
    }
    let places = times(&vectors);
    let inner = |i: usize| {
        places[i / size]
            .iter()
            .zip(&places[i % size])
            .map(|(a, b)| a * b)
            .sum()
    };
    let ritz = eigenvectors((0..size * size).map(inner).collect(), size);
    let combined = |weights: Vec<f64>| {
        let mut sum = vec![0.0; f];
        for (vector, weight) in vectors.iter().zip(weights) {
            add(&mut sum, weight, vector);
        }
        sum
    };
    ritz.into_iter().map(combined).collect()
}

/// Makes vectors of length 1 that are orthogonal to those before; 0 where nothing but rounding is left of one.
fn orthonormalise(vectors: &mut [Vec<f64>]) {
    for k in 0..vectors.len() {
        let (before, rest) = vectors.split_at_mut(k);
        let vector = &mut rest[0];
        let length = dot(vector, vector).sqrt();
        // Once is not enough where little is left.
        for _ in 0..2 {
            for other in &*before {
                let along = dot(vector, other);
                add(vector, -along, other);
            }
        }
        let left = dot(vector, vector).sqrt();
        let scale = if left <= length * 1e-13 {
            0.0
        } else {
            1.0 / left
        };
        for x in vector.iter_mut() {
            *x *= scale;
        }
    }
}

fn unit(n: usize, i: usize) -> Vec<f64> {
    let mut vector = vec![0.0; n];
    vector[i] = 1.0;
    vector
}
