//! Places to be updated.

use super::Index;
use super::place::{Place, gather, place, window};
use crate::array::{Array, IntoScalar, Operand, Scalar, broadcast_shapes};
use crate::functions::math::promote;
use crate::ops::{Bounds, Combine, Scatter, bind1, broadcast, reshape};
use crate::transform::misuse;

/// A place in an array, to be read or updated; updates give a new array.
///
/// Negative indices count from the end; what is then outside is dropped. Arithmetic is done in
/// the dtype that the array and the value promote to; the result has the array's.
///
/// # Panics
/// Every update panics if its value does not broadcast to the places.
pub struct At<'a> {
    x: &'a Array,
    place: Place,
    bounds: Bounds,
}

impl At<'_> {
    /// Moves places outside to the nearest inside instead of dropping them.
    pub fn clip(mut self) -> Self {
        self.bounds = Bounds::Clip;
        self
    }

    /// `x` with updates at the places, in the dtype of `x`.
    #[track_caller]
    fn scatter(&self, combine: Combine, x: &Array, value: &Array) -> Array {
        let shaped = match broadcast_shapes([value.shape(), &self.place.shape]) {
            Some(shape) if shape == self.place.shape => {
                broadcast::broadcast_to(value, &self.place.shape)
            }
            _ => misuse(format!(
                "at: {} does not broadcast to the {} places of {}",
                value.aval, self.place.shape, x.aval
            )),
        };
        let updates = reshape::reshape(&shaped, self.place.gathered.clone());
        let op = Scatter {
            dims: self.place.dims.clone(),
            slice_sizes: self.place.slice_sizes.clone(),
            bounds: self.bounds,
            combine,
        };
        bind1(
            op,
            vec![x.into(), (&self.place.indices).into(), updates.into()],
        )
    }

    /// Updates `x` in the dtype that it and `value` promote to, and converts back.
    #[track_caller]
    fn combine(&self, combine: Combine, x: &Array, value: &Array) -> Array {
        let promoted = promote(&[x, value]);
        let out = self.scatter(combine, &promoted[0], &promoted[1]);
        if out.dtype() == x.dtype() {
            out
        } else {
            out.astype(x.dtype())
        }
    }

    /// The elements there; outside, NaN and the like.
    #[track_caller]
    pub fn get(&self) -> Array {
        let read = gather(self.x, &self.place, self.bounds, None);
        reshape::reshape(&read, self.place.shape.clone())
    }

    /// The elements there; outside, `value`.
    #[track_caller]
    pub fn get_or(&self, value: impl IntoScalar) -> Array {
        let fill = Scalar::of(&value.into_dtype(self.x.dtype()));
        let read = gather(self.x, &self.place, self.bounds, Some(fill));
        reshape::reshape(&read, self.place.shape.clone())
    }

    /// With `value` there; where places repeat, the last one stays.
    #[track_caller]
    pub fn set(&self, value: impl Operand) -> Array {
        let value = value.operand().astype(self.x.dtype());
        self.scatter(Combine::Set, self.x, &value)
    }

    /// With `value` added, once for each time a place is named.
    #[track_caller]
    pub fn add(&self, value: impl Operand) -> Array {
        self.combine(Combine::Add, self.x, &value.operand())
    }

    /// With `value` taken away.
    #[track_caller]
    pub fn subtract(&self, value: impl Operand) -> Array {
        // The negative of an unsigned value is right only in the common dtype.
        let value = &promote(&[self.x, &value.operand()])[1];
        self.combine(Combine::Add, self.x, &-value)
    }

    /// Multiplied by `value`.
    #[track_caller]
    pub fn multiply(&self, value: impl Operand) -> Array {
        self.combine(Combine::Mul, self.x, &value.operand())
    }

    /// Divided by `value`, once for each time a place is named. As JAX's it is the quotient by
    /// ones multiplied there, so integers become floats.
    #[track_caller]
    pub fn divide(&self, value: impl Operand) -> Array {
        let ones = Array::ones(self.x.shape().clone(), self.x.dtype());
        let divisor = self.combine(Combine::Mul, &ones, &value.operand());
        self.x / divisor
    }

    /// The smaller of what is there and `value`.
    #[track_caller]
    pub fn min(&self, value: impl Operand) -> Array {
        self.combine(Combine::Min, self.x, &value.operand())
    }

    /// The larger of what is there and `value`.
    #[track_caller]
    pub fn max(&self, value: impl Operand) -> Array {
        self.combine(Combine::Max, self.x, &value.operand())
    }
}

impl Array {
    /// A place to be updated: `x.at(index).set(v)`, `.add(v)`, .. give a new array.
    #[track_caller]
    pub fn at(&self, index: impl Into<Index>) -> At<'_> {
        At {
            x: self,
            place: place(self, &index.into()),
            bounds: Bounds::Fill,
        }
    }

    /// This array with `update` written at `start`, moved so that it lies inside.
    ///
    /// # Shapes
    /// `update` has the array's rank; the result has the array's shape.
    ///
    /// # Panics
    /// If there is not one start for each axis, or `update` is larger than the array.
    #[track_caller]
    pub fn dynamic_update_slice(&self, update: &Self, start: &[&Self]) -> Self {
        let place = window(self, "dynamic_update_slice", start, update.shape());
        let at = At {
            x: self,
            place,
            bounds: Bounds::Clip,
        };
        at.set(update)
    }
}
