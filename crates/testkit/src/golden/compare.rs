//! Judging a computed tensor against the recorded one.

use std::fmt::Debug;

use serde::Deserialize;

use super::{Data, Tensor};

/// How far floats may lie from the recorded ones: `|got - want| <= atol + rtol * |want|`.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tolerance {
    /// The part that is relative to the recorded value.
    pub rtol: f64,
    /// The absolute part.
    pub atol: f64,
    /// Whether -0 and 0 are told apart.
    #[serde(default)]
    pub signed_zero: bool,
}

impl Tolerance {
    /// Nothing but the very value, -0 and 0 being one.
    pub const EXACT: Tolerance = Tolerance {
        rtol: 0.0,
        atol: 0.0,
        signed_zero: false,
    };

    fn admits(&self, got: f64, want: f64) -> bool {
        if got.is_nan() || want.is_nan() {
            return got.is_nan() && want.is_nan();
        }
        if got.is_infinite() || want.is_infinite() {
            return got == want;
        }
        if self.signed_zero && got == 0.0 && want == 0.0 {
            return got.is_sign_negative() == want.is_sign_negative();
        }
        got == want || (got - want).abs() <= self.atol + self.rtol * want.abs()
    }
}

/// Compares a computed tensor with the recorded one.
///
/// Shapes and dtypes are equal; booleans and integers exactly; floats are equal, both nan, or within the
/// tolerance; infinities agree in sign; -0 equals 0 unless the tolerance tells them apart.
///
/// # Errors
/// One line: the mismatch of shape or dtype, or the first bad element, both values and how many are bad.
pub fn compare(got: &Tensor, want: &Tensor, tol: &Tolerance) -> Result<(), String> {
    if got.dtype != want.dtype {
        return Err(format!("dtype {}, expected {}", got.dtype, want.dtype));
    }
    if got.shape != want.shape {
        return Err(format!("shape {:?}, expected {:?}", got.shape, want.shape));
    }
    if got.data.len() != want.data.len() {
        let (got, want) = (got.data.len(), want.data.len());
        return Err(format!("{got} elements, expected {want}"));
    }
    let shape = &want.shape;
    match (&got.data, &want.data) {
        (Data::Bool(g), Data::Bool(w)) => elements(g, w, shape, |g, w| g == w),
        (Data::I64(g), Data::I64(w)) => elements(g, w, shape, |g, w| g == w),
        (Data::U64(g), Data::U64(w)) => elements(g, w, shape, |g, w| g == w),
        (Data::F32(g), Data::F32(w)) => {
            elements(g, w, shape, |&g, &w| tol.admits(g.into(), w.into()))
        }
        (Data::F64(g), Data::F64(w)) => elements(g, w, shape, |&g, &w| tol.admits(g, w)),
        _ => Err(format!("elements that are not of the dtype {}", want.dtype)),
    }
}

fn elements<T: Debug>(
    got: &[T],
    want: &[T],
    shape: &[usize],
    same: impl Fn(&T, &T) -> bool,
) -> Result<(), String> {
    let bad = |&i: &usize| !same(&got[i], &want[i]);
    let Some(first) = (0..want.len()).find(bad) else {
        return Ok(());
    };
    let count = (first..want.len()).filter(bad).count();
    Err(format!(
        "element {:?}: got {:?}, expected {:?} ({count} of {} are bad)",
        index(first, shape),
        got[first],
        want[first],
        want.len(),
    ))
}

/// The index of a row-major position.
fn index(mut position: usize, shape: &[usize]) -> Vec<usize> {
    let mut index = vec![0; shape.len()];
    for (i, &extent) in index.iter_mut().zip(shape).rev() {
        *i = position % extent;
        position /= extent;
    }
    index
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tensor(dtype: &str, data: Data) -> Tensor {
        Tensor {
            shape: vec![data.len()],
            dtype: dtype.to_owned(),
            data,
        }
    }

    fn f32s(data: &[f32]) -> Tensor {
        tensor("float32", Data::F32(data.to_vec()))
    }

    fn f64s(data: &[f64]) -> Tensor {
        tensor("float64", Data::F64(data.to_vec()))
    }

    fn within(rtol: f64, atol: f64) -> Tolerance {
        Tolerance {
            rtol,
            atol,
            signed_zero: false,
        }
    }

    #[test]
    fn shape_dtype_and_length_must_agree() {
        let want = f32s(&[1.0, 2.0]);
        let wide = compare(&f64s(&[1.0, 2.0]), &want, &within(1.0, 1.0));
        assert_eq!(wide.unwrap_err(), "dtype float64, expected float32");
        let mut row = want.clone();
        row.shape = vec![1, 2];
        let refused = compare(&row, &want, &Tolerance::EXACT);
        assert_eq!(refused.unwrap_err(), "shape [1, 2], expected [2]");
        let mut short = want.clone();
        short.data = Data::F32(vec![1.0]);
        assert!(compare(&short, &want, &Tolerance::EXACT).is_err());
        let mut other = want.clone();
        other.data = Data::F64(vec![1.0, 2.0]);
        assert!(compare(&other, &want, &Tolerance::EXACT).is_err());
        assert_eq!(compare(&want, &want, &Tolerance::EXACT), Ok(()));
    }

    #[test]
    fn integers_and_booleans_are_exact_under_any_tolerance() {
        let loose = within(1.0, 1e9);
        let differ = |dtype, got: Data, want: Data| {
            assert!(
                compare(
                    &tensor(dtype, want.clone()),
                    &tensor(dtype, want.clone()),
                    &loose
                )
                .is_ok()
            );
            compare(&tensor(dtype, got), &tensor(dtype, want), &loose).unwrap_err()
        };
        let large = 1 << 53;
        differ("int64", Data::I64(vec![large + 1]), Data::I64(vec![large]));
        differ(
            "uint64",
            Data::U64(vec![u64::MAX]),
            Data::U64(vec![u64::MAX - 1]),
        );
        let message = differ(
            "bool",
            Data::Bool(vec![true, false, true]),
            Data::Bool(vec![true, true, false]),
        );
        assert_eq!(
            message,
            "element [1]: got false, expected true (2 of 3 are bad)"
        );
    }

    #[test]
    fn floats_obey_both_parts_of_the_tolerance() {
        let want = f64s(&[100.0]);
        assert!(compare(&f64s(&[101.0]), &want, &within(0.01, 0.0)).is_ok());
        assert!(compare(&f64s(&[101.0]), &want, &within(0.0, 1.0)).is_ok());
        assert!(compare(&f64s(&[101.5]), &want, &within(0.01, 0.5)).is_ok());
        assert!(compare(&f64s(&[101.6]), &want, &within(0.01, 0.5)).is_err());
        // Relative to the recorded value, not to the computed one.
        assert!(compare(&f64s(&[2.0]), &f64s(&[1.0]), &within(0.6, 0.0)).is_err());
        assert!(
            compare(
                &f32s(&[1.0 + f32::EPSILON]),
                &f32s(&[1.0]),
                &Tolerance::EXACT
            )
            .is_err()
        );
        assert!(compare(&f64s(&[-1.0]), &f64s(&[1.0]), &within(1.0, 0.5)).is_err());
    }

    #[test]
    fn nan_and_infinities_equal_themselves_alone() {
        let (nan, inf) = (f64::NAN, f64::INFINITY);
        let loose = within(1.0, 1e300);
        for (got, want, same) in [
            (nan, nan, true),
            (nan, 1.0, false),
            (1.0, nan, false),
            (nan, inf, false),
            (inf, inf, true),
            (-inf, inf, false),
            (inf, 1.0, false),
            (1.0, inf, false),
            (1.0, -inf, false),
        ] {
            let verdict = compare(&f64s(&[got]), &f64s(&[want]), &loose);
            assert_eq!(verdict.is_ok(), same, "{got} against {want}");
        }
    }

    #[test]
    fn zeros_differ_only_where_asked() {
        let (minus, plus) = (f32s(&[-0.0]), f32s(&[0.0]));
        assert!(compare(&minus, &plus, &Tolerance::EXACT).is_ok());
        let signed = Tolerance {
            signed_zero: true,
            ..within(0.0, 1.0)
        };
        let message = compare(&minus, &plus, &signed).unwrap_err();
        assert!(message.contains("got -0.0, expected 0.0"), "{message}");
        assert!(compare(&minus, &minus, &signed).is_ok());
        assert!(compare(&f32s(&[-0.5]), &plus, &signed).is_ok());
    }

    #[test]
    fn the_message_names_the_index_in_every_axis() {
        let want = Tensor {
            shape: vec![2, 3],
            ..tensor("int32", Data::I64(vec![0, 1, 2, 3, 4, 5]))
        };
        let got = Tensor {
            data: Data::I64(vec![0, 1, 2, 3, 9, 9]),
            ..want.clone()
        };
        assert_eq!(
            compare(&got, &want, &Tolerance::EXACT).unwrap_err(),
            "element [1, 1]: got 9, expected 4 (2 of 6 are bad)"
        );
        assert_eq!(index(0, &[]), Vec::<usize>::new());
    }
}
