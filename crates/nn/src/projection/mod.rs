//! Principal components: many features of nodes as places in a plane.

mod eigen;

use graxe_core::{Array, DType};

use eigen::{eigenvectors, leading};

/// Up to how many features the covariance is stored and all its eigenvectors are found.
///
/// A sweep of rotations takes the cube of it: 512 would take seconds.
const STORED: usize = 128;

/// Rows of many features in the plane in which they differ most.
#[derive(Clone, Debug, PartialEq)]
pub struct PrincipalComponents {
    /// The place of each row: its distance from the mean along both components.
    pub coordinates: Vec<[f64; 2]>,
    /// The share of the variance of all features that lies along each; 0 where there is no variance.
    pub explained: [f64; 2],
}

/// The first two principal components of an embedding: the eigenvectors of greatest eigenvalues of the covariance of its
/// columns, in double precision.
///
/// A component points to where its coefficient of greatest magnitude, the first of equal ones, is positive, so that the
/// same embedding is always seen from the same side. Fewer than two rows, no features or rows that are all alike give
/// zeros; a NaN or an infinity gives NaN. Beyond 128 features the covariance is not stored, and the components are
/// those of a block power iteration, which is exact where the leading eigenvalues stand apart from the ninth.
///
/// # Shapes
/// `[n, f]`.
///
/// # Panics
/// If the embedding is traced or no matrix.
///
/// # Reference
/// Hotelling, Analysis of a complex of statistical variables into principal components, 1933; `PCA` of scikit-learn but
/// for signs where coefficients have equal magnitudes.
#[track_caller]
pub fn principal_components(embedding: &Array) -> PrincipalComponents {
    let [n, f] = embedding.shape()[..] else {
        panic!(
            "principal components: an embedding of shape {} is no matrix [n, f]",
            embedding.shape()
        )
    };
    let x = Centred::of(embedding.astype(DType::F64).to_vec(), n, f);
    let found = if n < 2 {
        Vec::new()
    } else if f <= STORED {
        eigenvectors(x.covariance(), f)
    } else {
        leading(f, |vectors| x.project(vectors), |places| x.combine(places))
    };
    let total: f64 = x.values.iter().map(|x| x * x).sum();
    let mut components = PrincipalComponents {
        coordinates: vec![[0.0; 2]; n],
        explained: [0.0; 2],
    };
    for (place, mut vector) in found.into_iter().take(2).enumerate() {
        turn(&mut vector);
        let mut along = 0.0;
        for (coordinates, row) in components.coordinates.iter_mut().zip(x.rows()) {
            coordinates[place] = dot(row, &vector);
            along += coordinates[place] * coordinates[place];
        }
        // Of no variance there is no share, and NaN is no 0.
        if total != 0.0 {
            components.explained[place] = along / total;
        }
    }
    components
}

/// Points a vector to where its coefficient of greatest magnitude is positive.
fn turn(vector: &mut [f64]) {
    let mut greatest = 0.0_f64;
    for &x in &*vector {
        if x.abs() > greatest.abs() {
            greatest = x;
        }
    }
    if greatest < 0.0 {
        for x in vector {
            *x = -*x;
        }
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// `a + factor b`, as far as `a` goes.
fn add(a: &mut [f64], factor: f64, b: &[f64]) {
    for (a, b) in a.iter_mut().zip(b) {
        *a += factor * b;
    }
}

/// Rows without the means of their columns, `[n, f]`.
struct Centred {
    values: Vec<f64>,
    f: usize,
}

impl Centred {
    fn of(mut values: Vec<f64>, n: usize, f: usize) -> Self {
        let mut means = vec![0.0; f];
        // Rows of no features have no chunks.
        let width = f.max(1);
        for row in values.chunks(width) {
            add(&mut means, 1.0 / n as f64, row);
        }
        for row in values.chunks_mut(width) {
            add(row, -1.0, &means);
        }
        Self { values, f }
    }

    fn rows(&self) -> impl Iterator<Item = &[f64]> {
        self.values.chunks(self.f.max(1))
    }

    /// `Xᵀ X`, whose eigenvectors are those of the covariance: `[f, f]`.
    fn covariance(&self) -> Vec<f64> {
        let f = self.f;
        let mut products = vec![0.0; f * f];
        for row in self.rows() {
            for (i, &x) in row.iter().enumerate() {
                add(&mut products[i * f..][..=i], x, row);
            }
        }
        for i in 0..f {
            for j in 0..i {
                products[j * f + i] = products[i * f + j];
            }
        }
        products
    }

    /// `X v` for each vector.
    fn project(&self, vectors: &[Vec<f64>]) -> Vec<Vec<f64>> {
        let along = |v: &Vec<f64>| self.rows().map(|row| dot(row, v)).collect();
        vectors.iter().map(along).collect()
    }

    /// `Xᵀ p` for each list of places.
    fn combine(&self, places: &[Vec<f64>]) -> Vec<Vec<f64>> {
        let sum = |places: &Vec<f64>| {
            let mut sum = vec![0.0; self.f];
            for (row, place) in self.rows().zip(places) {
                add(&mut sum, *place, row);
            }
            sum
        };
        places.iter().map(sum).collect()
    }
}
