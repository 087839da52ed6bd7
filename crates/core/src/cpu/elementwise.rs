//! Elementwise operations over slices: whole arrays, and tiles of them.

use graxe_kernels::map;
use graxe_kernels::number::cast;

use super::arena::{Elements, Room};
use super::table::{self, Apply, Apply1, Apply2, ApplyCast};
use crate::array::{DType, Native, with_dtype};
use crate::ops::{Convert, Loop};

/// Runs an elementwise operation; operands have as many elements as the result, or one for all.
pub(super) fn run(op: &Loop<'_>, operands: &[Elements<'_>], out: &mut Room<'_>) {
    let slices = Slices { operands, out };
    match op {
        Loop::Unary(op) => table::unary(*op, operands[0].dtype(), slices),
        Loop::Binary(op) => table::binary(*op, operands[0].dtype(), slices),
        Loop::Select(_) => with_dtype!(slices.out.dtype(), T => slices.select::<T>()),
        Loop::Convert(Convert::Value { .. }) => {
            with_dtype!(operands[0].dtype(), T => with_dtype!(slices.out.dtype(), U => {
                slices.convert(cast::<T, U>);
            }));
        }
        Loop::Convert(Convert::Bits { .. }) => {
            table::bits(operands[0].dtype(), slices.out.dtype(), slices);
        }
        Loop::Copy | Loop::Iota(_) | Loop::Threefry(_) => {
            with_dtype!(slices.out.dtype(), T => slices.convert(|v: T| v));
        }
    }
}

/// Whether an operation is one of those that [`run`] runs.
pub(super) fn is_elementwise(op: &Loop<'_>, operands: &[Elements<'_>]) -> bool {
    match op {
        Loop::Unary(_) | Loop::Binary(_) | Loop::Convert(_) | Loop::Copy => true,
        Loop::Select(_) => operands.len() == 3 && operands[0].dtype() == DType::Bool,
        Loop::Iota(_) | Loop::Threefry(_) => false,
    }
}

struct Slices<'a, 'b, 'r> {
    operands: &'a [Elements<'b>],
    out: &'a mut Room<'r>,
}

impl Slices<'_, '_, '_> {
    fn select<T: Native>(self) {
        let [which, off, on] = self.operands else {
            unreachable!("infer has seen a selector and two cases")
        };
        let (which, off, on) = (which.host::<bool>(), off.host(), on.host());
        map::map3(
            which,
            on,
            off,
            self.out.host(),
            |w, a: T, b| if w { a } else { b },
        );
    }

    /// Conversions are loads and stores: one loop for every instruction set.
    fn convert<T: Native, U: Native>(self, f: impl Fn(T) -> U) {
        match self.operands[0].host::<T>() {
            [x] => self.out.host().fill(f(*x)),
            x => {
                for (out, &x) in self.out.host().iter_mut().zip(x) {
                    *out = f(x);
                }
            }
        }
    }

    fn one<T: Native, U: Native>(self, f: impl Fn(T) -> U) {
        match self.operands[0].host::<T>() {
            [x] => self.out.host().fill(f(*x)),
            x => map::map(x, self.out.host(), f),
        }
    }

    fn two<T: Native, U: Native>(self, f: impl Fn(T, T) -> U) {
        map::map2(
            self.operands[0].host(),
            self.operands[1].host(),
            self.out.host(),
            f,
        );
    }
}

impl ApplyCast for Slices<'_, '_, '_> {
    type Out = ();
    fn cast<T: Native, U: Native>(self, f: impl Fn(T) -> U) {
        self.convert(f);
    }
}

impl Apply for Slices<'_, '_, '_> {
    type Out = ();
    fn one<T: Native>(self) -> impl Apply1<T, Out = ()> {
        self
    }
    fn two<T: Native>(self) -> impl Apply2<T, Out = ()> {
        self
    }
}

impl<T: Native> Apply1<T> for Slices<'_, '_, '_> {
    type Out = ();

    fn map(self, f: impl Fn(T) -> T) {
        self.one(f);
    }

    fn test(self, f: impl Fn(T) -> bool) {
        self.one(f);
    }
}

impl<T: Native> Apply2<T> for Slices<'_, '_, '_> {
    type Out = ();

    fn map(self, f: impl Fn(T, T) -> T) {
        self.two(f);
    }

    fn test(self, f: impl Fn(T, T) -> bool) {
        self.two(f);
    }
}
