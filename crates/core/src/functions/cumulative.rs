//! Folds along an axis up to each of its elements.

use super::math::promote_inexact;
use super::reduce::{Axes, one_axis};
use crate::array::{Array, DType};
use crate::ops::{self, CumulativeFold, bind1};

/// Along which axis to accumulate, and from where; made by [`Cumulative::axis`].
#[derive(Clone, Debug)]
pub struct Cumulative {
    axis: Axes,
    reverse: bool,
}

impl Cumulative {
    /// Along this axis, or with `..` over the flattened array.
    pub fn axis(axis: impl Into<Axes>) -> Self {
        Self {
            axis: axis.into(),
            reverse: false,
        }
    }

    /// From each element to the last rather than from the first to it.
    pub fn reverse(mut self) -> Self {
        self.reverse = true;
        self
    }

    #[track_caller]
    fn apply(&self, name: &str, fold: CumulativeFold, x: &Array) -> Array {
        let (x, axis) = one_axis(name, x, &self.axis);
        let op = ops::Cumulative {
            fold,
            axis,
            reverse: self.reverse,
        };
        bind1(op, vec![x.into()])
    }
}

/// Bools are counted in the default integer; integers keep their dtype.
fn counted(x: &Array) -> Array {
    if x.dtype() == DType::Bool {
        x.astype(DType::default_int())
    } else {
        x.clone()
    }
}

macro_rules! cumulative {
    ($(
        $(#[$doc:meta])*
        $method:ident, $(#[$doc_with:meta])* $with:ident => $fold:ident of $prepare:expr;
    )*) => {
        impl Array {$(
            $(#[$doc])*
            #[track_caller]
            pub fn $method(&self, axis: impl Into<Axes>) -> Self {
                self.$with(Cumulative::axis(axis))
            }

            $(#[$doc_with])*
            #[track_caller]
            pub fn $with(&self, how: Cumulative) -> Self {
                let prepare: fn(&Self) -> Self = $prepare;
                how.apply(stringify!($method), CumulativeFold::$fold, &prepare(self))
            }
        )*}
    };
}

cumulative!(
    /// The sums of the elements up to each along `axis`, `out[i] = Σ x[j]` over `j ≤ i`; bools are
    /// counted, integers keep their dtype. The order of the additions depends on the extent alone.
    ///
    /// # Shapes
    /// That of the array; with `..` it is flattened first.
    ///
    /// # Panics
    /// If the array has no such axis, or more than one is given.
    cumsum,
    /// As [`Self::cumsum`] with options: `x.cumsum_with(Cumulative::axis(0).reverse())`.
    ///
    /// # Panics
    /// As [`Self::cumsum`].
    cumsum_with => Sum of counted;

    /// The products of the elements up to each along `axis`; integers keep their dtype. The
    /// derivative is exact at zeros.
    ///
    /// # Shapes
    /// That of the array; with `..` it is flattened first.
    ///
    /// # Panics
    /// If the array has no such axis, or more than one is given.
    cumprod,
    /// As [`Self::cumprod`] with options.
    ///
    /// # Panics
    /// As [`Self::cumprod`].
    cumprod_with => Prod of counted;

    /// The largest of the elements up to each along `axis`; NaN from the first NaN on. Ties share
    /// the slope as in JAX: half to each side wherever two equal partial results meet.
    ///
    /// # Shapes
    /// That of the array; with `..` it is flattened first.
    ///
    /// # Panics
    /// If the array has no such axis, more than one is given, or it is of bools.
    cummax,
    /// As [`Self::cummax`] with options.
    ///
    /// # Panics
    /// As [`Self::cummax`].
    cummax_with => Max of Array::clone;

    /// The smallest of the elements up to each along `axis`; NaN from the first NaN on. Ties share
    /// the slope as with [`Self::cummax`].
    ///
    /// # Shapes
    /// That of the array; with `..` it is flattened first.
    ///
    /// # Panics
    /// If the array has no such axis, more than one is given, or it is of bools.
    cummin,
    /// As [`Self::cummin`] with options.
    ///
    /// # Panics
    /// As [`Self::cummin`].
    cummin_with => Min of Array::clone;

    /// `log Σ exp(x[j])` over the elements up to each along `axis`, without overflow; integers
    /// become floats.
    ///
    /// # Shapes
    /// That of the array; with `..` it is flattened first.
    ///
    /// # Panics
    /// If the array has no such axis, or more than one is given.
    cumlogsumexp,
    /// As [`Self::cumlogsumexp`] with options.
    ///
    /// # Panics
    /// As [`Self::cumlogsumexp`].
    cumlogsumexp_with => LogSumExp of |x| promote_inexact(&[x]).remove(0);
);
