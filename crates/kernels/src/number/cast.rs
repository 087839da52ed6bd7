//! Conversion between any two of the seven element types, with XLA's rules.

/// The conversion of `Self` to `U`: floats to integers truncate and saturate with NaN to zero,
/// integers to narrower ones wrap, anything but zero (NaN too) is true.
pub trait Cast<U> {
    /// `self` as a `U`.
    fn cast(self) -> U;
}

/// `x` as a `U`; see [`Cast`].
#[inline]
pub fn cast<T: Cast<U>, U>(x: T) -> U {
    x.cast()
}

macro_rules! cast_numbers {
    ($from:ty => $($to:ty),*) => {
        $(impl Cast<$to> for $from {
            #[inline]
            fn cast(self) -> $to {
                self as $to
            }
        })*

        impl Cast<bool> for $from {
            #[inline]
            fn cast(self) -> bool {
                self != (0 as $from)
            }
        }

        impl Cast<$from> for bool {
            #[inline]
            fn cast(self) -> $from {
                <$from>::from(self)
            }
        }
    };
}

cast_numbers!(i32 => i32, i64, u32, u64, f32, f64);
cast_numbers!(i64 => i32, i64, u32, u64, f32, f64);
cast_numbers!(u32 => i32, i64, u32, u64, f32, f64);
cast_numbers!(u64 => i32, i64, u32, u64, f32, f64);
cast_numbers!(f32 => i32, i64, u32, u64, f32, f64);
cast_numbers!(f64 => i32, i64, u32, u64, f32, f64);

impl Cast<bool> for bool {
    #[inline]
    fn cast(self) -> bool {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::cast;

    /// The inputs of the golden cases `cast_f32_*`.
    const X: [f32; 13] = [
        0.9,
        -0.9,
        2.5,
        -2.5,
        3e9,
        -3e9,
        1e20,
        f32::INFINITY,
        f32::NEG_INFINITY,
        f32::NAN,
        255.7,
        256.0,
        -1.0,
    ];

    #[test]
    fn floats_become_integers_as_in_jax() {
        let (max, min) = (i32::MAX, i32::MIN);
        assert_eq!(
            X.map(cast::<f32, i32>),
            [0, 0, 2, -2, max, min, max, max, min, 0, 255, 256, -1]
        );
        let max = u32::MAX;
        assert_eq!(
            X.map(cast::<f32, u32>),
            [0, 0, 2, 0, 3_000_000_000, 0, max, max, 0, 0, 255, 256, 0]
        );
    }

    #[test]
    fn all_but_zero_is_true() {
        assert!(X.iter().all(|&x| cast::<f32, bool>(x)));
        assert!(!cast::<f64, bool>(-0.0));
        assert!(!cast::<i64, bool>(0));
        assert_eq!(cast::<bool, f32>(true), 1.0);
        assert_eq!(cast::<bool, u64>(false), 0);
    }

    #[test]
    fn integers_wrap_and_round_as_in_jax() {
        assert_eq!(cast::<i32, u32>(-129), 4_294_967_167);
        assert_eq!(cast::<i64, i32>((1 << 32) + 5), 5);
        let x = [16777217, 16777219, 2147483647, -16777217, 33554435];
        let rounded = x.map(cast::<i32, f32>);
        assert_eq!(
            rounded,
            [
                16777216.0,
                16777220.0,
                2147483648.0,
                -16777216.0,
                33554436.0
            ]
        );
        assert_eq!(cast::<f32, i32>(rounded[2]), i32::MAX);
    }
}
