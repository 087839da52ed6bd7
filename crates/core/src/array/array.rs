//! The array: immutable, any dtype and shape, a buffer on the host or a tracer.

use std::sync::Arc;

use super::buffer::{Buffer, Native, with_dtype};
use super::dtype::DType;
use super::scalar::IntoScalar;
use super::shape::Shape;
use crate::functions::creation;
use crate::ir::Aval;
use crate::ir::builder::Tracer;
use crate::transform::misuse;

/// An immutable array of any dtype and shape.
///
/// A clone is a reference count. Inside a traced function an array is a *tracer*: it has a
/// dtype and a shape but no elements. Operators follow NumPy's broadcasting and JAX's
/// promotion, and panic at the caller's line when shapes or dtypes do not fit.
#[derive(Clone)]
pub struct Array {
    pub(crate) aval: Aval,
    pub(crate) repr: ArrayRepr,
}

#[derive(Clone)]
pub(crate) enum ArrayRepr {
    Host(Arc<Buffer>),
    Tracer(Tracer),
}

impl Array {
    /// An array of `data` in row-major order; the dtype is that of the elements.
    ///
    /// # Panics
    /// If the number of elements is not that of `shape`.
    #[track_caller]
    pub fn from_vec<T: Native>(data: Vec<T>, shape: impl Into<Shape>) -> Self {
        let shape = shape.into();
        if data.len() != shape.size() {
            misuse(format!(
                "array: {} elements cannot have shape {shape}",
                data.len()
            ));
        }
        Self::from_buffer(T::wrap(data), shape, false)
    }

    pub(crate) fn from_buffer(buffer: Buffer, shape: Shape, weak: bool) -> Self {
        let aval = Aval {
            dtype: buffer.dtype(),
            shape,
            weak,
        };
        Self {
            aval,
            repr: ArrayRepr::Host(Arc::new(buffer)),
        }
    }

    /// The dtype of the elements.
    pub fn dtype(&self) -> DType {
        self.aval.dtype
    }

    /// The extents of the axes.
    pub fn shape(&self) -> &Shape {
        &self.aval.shape
    }

    /// The number of axes.
    pub fn rank(&self) -> usize {
        self.aval.shape.rank()
    }

    /// The number of elements.
    pub fn size(&self) -> usize {
        self.aval.shape.size()
    }

    /// Whether the dtype yields to that of other operands, as a Rust number's does.
    pub fn is_weak(&self) -> bool {
        self.aval.weak
    }

    /// Whether this is a tracer, without elements.
    pub fn is_traced(&self) -> bool {
        matches!(self.repr, ArrayRepr::Tracer(_))
    }

    pub(crate) fn buffer(&self) -> Option<&Arc<Buffer>> {
        match &self.repr {
            ArrayRepr::Host(b) => Some(b),
            ArrayRepr::Tracer(_) => None,
        }
    }

    /// The elements of a concrete array whose dtype is known to be `T`'s.
    #[track_caller]
    pub(crate) fn host<T: Native>(&self) -> &[T] {
        let Some(buffer) = self.buffer() else {
            misuse(format!(
                "the elements of a traced array {} were asked for: inside a traced function \
                 an array has no elements; use `cond` or `select` instead of a Rust `if`, and return \
                 what you want to look at",
                self.aval
            ))
        };
        let Some(elements) = T::slice(buffer) else {
            misuse(format!(
                "array: elements are {}, not {}",
                self.dtype(),
                T::DTYPE
            ))
        };
        elements
    }

    /// The elements in row-major order.
    ///
    /// # Panics
    /// If the array is traced or `T` is not its element type.
    #[track_caller]
    pub fn as_slice<T: Native>(&self) -> &[T] {
        self.host()
    }

    /// A copy of the elements in row-major order.
    ///
    /// # Panics
    /// If the array is traced or `T` is not its element type.
    #[track_caller]
    pub fn to_vec<T: Native>(&self) -> Vec<T> {
        self.host::<T>().to_vec()
    }

    /// The only element, converted to `T`.
    ///
    /// # Panics
    /// If the array is traced or has not exactly one element.
    #[track_caller]
    pub fn item<T: Native>(&self) -> T {
        if self.size() != 1 {
            misuse(format!(
                "item: an array of shape {} has not one element",
                self.shape()
            ));
        }
        self.host_convert(T::DTYPE, false).host::<T>()[0]
    }

    /// Converts a concrete array at once, also under a trace.
    #[track_caller]
    pub(crate) fn host_convert(&self, dtype: DType, weak: bool) -> Self {
        let mut converted = if self.dtype() == dtype {
            self.clone()
        } else {
            let buffer = with_dtype!(self.dtype(), T => {
                let x = self.host::<T>();
                with_dtype!(dtype, U => U::wrap(
                    x.iter().map(|&v| graxe_kernels::number::cast::<T, U>(v)).collect()
                ))
            });
            Self::from_buffer(buffer, self.shape().clone(), weak)
        };
        converted.aval.weak = weak;
        converted
    }

    /// The same elements, strong instead of weak.
    pub(crate) fn strong(mut self) -> Self {
        if !self.is_traced() {
            self.aval.weak = false;
        }
        self
    }

    /// Zeros.
    pub fn zeros(shape: impl Into<Shape>, dtype: DType) -> Self {
        creation::full(shape, 0, dtype)
    }

    /// Ones.
    pub fn ones(shape: impl Into<Shape>, dtype: DType) -> Self {
        creation::full(shape, 1, dtype)
    }

    /// One value everywhere.
    pub fn full(shape: impl Into<Shape>, value: impl IntoScalar, dtype: DType) -> Self {
        creation::full(shape, value, dtype)
    }

    /// The identity matrix `[n, n]`.
    pub fn eye(n: usize, dtype: DType) -> Self {
        creation::eye(n, n, 0, dtype)
    }
}

/// Rust data that becomes an array: numbers, arrays and vectors of numbers, nested.
pub trait IntoArray {
    /// The element type at the bottom.
    type Element: Native;
    #[doc(hidden)]
    fn shape(&self) -> Vec<usize>;
    #[doc(hidden)]
    fn push(self, out: &mut Vec<Self::Element>);
}

impl<T: Native> IntoArray for T {
    type Element = T;
    fn shape(&self) -> Vec<usize> {
        Vec::new()
    }
    fn push(self, out: &mut Vec<T>) {
        out.push(self);
    }
}

impl<A: IntoArray, const N: usize> IntoArray for [A; N] {
    type Element = A::Element;
    fn shape(&self) -> Vec<usize> {
        nested_shape(self)
    }
    fn push(self, out: &mut Vec<A::Element>) {
        for part in self {
            part.push(out);
        }
    }
}

impl<T: IntoArray> IntoArray for Vec<T> {
    type Element = T::Element;
    fn shape(&self) -> Vec<usize> {
        nested_shape(self)
    }
    fn push(self, out: &mut Vec<T::Element>) {
        for part in self {
            part.push(out);
        }
    }
}

fn nested_shape<A: IntoArray>(items: &[A]) -> Vec<usize> {
    let mut shape = vec![items.len()];
    shape.extend(items.first().map(IntoArray::shape).unwrap_or_default());
    shape
}

/// A strong array from numbers, as `jnp.array`: outside of
/// [`with_x64`](crate::with_x64) 64-bit elements become 32-bit ones.
/// [`Array::from_vec`] keeps the element type.
///
/// ```
/// use graxe_core::{array, DType};
/// let x = array([[1.0, 2.0], [3.0, 4.0]]);
/// assert_eq!(x.dtype(), DType::F32);
/// assert_eq!(&x.shape()[..], &[2, 2]);
/// ```
///
/// # Panics
/// If nested vectors are ragged.
#[track_caller]
pub fn array<A: IntoArray>(data: A) -> Array {
    let shape = data.shape();
    let mut elements = Vec::with_capacity(shape.iter().product());
    data.push(&mut elements);
    if elements.len() != shape.iter().product::<usize>() {
        misuse("array: nested rows differ in length".to_owned());
    }
    let array = Array::from_vec(elements, shape);
    let dtype = canonical(array.dtype());
    array.host_convert(dtype, false)
}

/// The dtype that stands for `dtype` in this scope: 64-bit types are narrowed unless asked for.
fn canonical(dtype: DType) -> DType {
    match dtype {
        DType::F64 => DType::default_float(),
        DType::I64 => DType::default_int(),
        DType::U64 => DType::default_uint(),
        other => other,
    }
}
