//! Principal components against NumPy's eigenvectors.

use graxe_core::{Array, DType, arange};
use graxe_nn::{PrincipalComponents, principal_components};

use crate::congruential::{floats, near};

/// `[n, f]` of random tenths below 10, whose second column goes with the first.
fn drawn(n: usize, f: usize) -> Vec<f64> {
    let mut x: Vec<f64> = floats(4, n * f, 100).iter().map(|x| x / 10.0).collect();
    for row in x.chunks_mut(f) {
        row[1] += 2.0 * row[0];
    }
    x
}

fn of(x: &[f64], n: usize, f: usize) -> PrincipalComponents {
    principal_components(&Array::from_vec(x.to_vec(), [n, f]))
}

#[test]
fn components_are_those_of_numpy() {
    let found = of(&drawn(20, 5), 20, 5);
    near(&found.coordinates[0], &[-1.584_775_77, -3.590_984_68], 1e-8);
    near(&found.coordinates[1], &[-16.310_034_55, -4.456_531_7], 1e-8);
    near(&found.coordinates[19], &[-9.996_330_46, 5.583_053_62], 1e-8);
    near(&found.explained, &[0.668_024_18, 0.154_559_15], 1e-8);
}

#[test]
fn components_of_more_features_than_are_stored_are_those_of_numpy() {
    let (n, f) = (100, 160);
    let mut x = drawn(n, f);
    for row in x.chunks_mut(f) {
        for j in 2..60 {
            row[j] += 0.5 * row[0];
        }
        for j in 100..f {
            row[j] += 0.3 * row[99];
        }
    }
    let found = of(&x, n, f);
    near(
        &found.coordinates[0],
        &[6.073_584_641, -10.828_879_081],
        1e-6,
    );
    near(
        &found.coordinates[99],
        &[-6.435_461_099, 9.057_701_319],
        1e-6,
    );
    near(&found.explained, &[0.122_562_168, 0.057_302_346], 1e-8);
}

#[test]
fn many_features_have_the_components_of_few() {
    // Columns of zeros change nothing, but beyond 128 of them another algorithm is taken.
    let (few, n) = (drawn(20, 5), 20);
    let padded = |f: usize| {
        let mut x = vec![0.0; n * f];
        for (wide, row) in x.chunks_mut(f).zip(few.chunks(5)) {
            wide[7..12].copy_from_slice(row);
        }
        of(&x, n, f)
    };
    let want = of(&few, n, 5);
    for f in [40, 600] {
        let got = padded(f);
        near(&got.explained, &want.explained, 1e-10);
        for (got, want) in got.coordinates.iter().zip(&want.coordinates) {
            near(got, want, 1e-6);
        }
    }
}

#[test]
fn a_line_has_one_component() {
    for f in [1, 3, 700] {
        let line =
            arange(5).astype(DType::F64).expand_dims(1) * Array::full([1, f], 2.0, DType::F64);
        let found = principal_components(&line);
        near(&found.explained, &[1.0, 0.0], 1e-12);
        let length = 2.0 * (f as f64).sqrt();
        for (i, place) in (-2..).zip(&found.coordinates) {
            near(place, &[f64::from(i) * length, 0.0], 1e-9);
        }
    }
}

#[test]
fn where_nothing_differs_there_are_zeros() {
    for (n, f) in [(0, 3), (1, 3), (4, 0), (4, 3), (4, 600), (0, 0)] {
        let found = of(&vec![1.5; n * f], n, f);
        assert_eq!(found.coordinates, vec![[0.0; 2]; n]);
        assert_eq!(found.explained, [0.0; 2]);
    }
}

#[test]
fn a_nan_is_not_hidden() {
    for f in [2, 600] {
        let mut x = vec![1.0; 3 * f];
        x[1] = f64::NAN;
        let found = of(&x, 3, f);
        assert!(found.explained[0].is_nan(), "{f}: {found:?}");
    }
}
