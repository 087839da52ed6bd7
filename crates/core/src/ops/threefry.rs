//! Random bits by Threefry-2x32, bit for bit JAX's.
//!
//! Reference: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011.

use super::batching::{Batch, ensure_front, to_front};
use super::{
    Input, Loop, Lowering, Parameter, Rules, Tangent, bind, bind1, broadcast, not_linear, reshape,
};
use crate::array::{Array, DType, Pattern, Shape};
use crate::ir::{Aval, Type, Value};
use crate::random::Layout;

/// Random bits. Keys are `u32[.., 2]`, one result for each.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Threefry {
    /// The block function: keys `u32[.., 2]` and counters `x0, x1: u32[n]`, shared by the keys,
    /// or `u32[.., n]`, their own, give two `u32[.., n]`.
    Block,
    /// A draw of bits of `shape`.
    Bits {
        /// The shape of one draw.
        shape: Shape,
        /// `U32` or `U64`.
        dtype: DType,
        /// The order of the counters.
        layout: Layout,
    },
    /// The bits that a draw of shape `[rows, cols]` has at the entries of a pattern: `u32[.., nnz]`.
    PatternBits {
        /// The order of the counters.
        layout: Layout,
    },
    /// The bits that a draw of at most 2³² elements in today's layout has at some places: places
    /// `u32[..]` and one key give as many bits.
    PlaceBits,
}

impl Rules for Threefry {
    fn name(&self) -> &'static str {
        match self {
            Self::Block => "threefry2x32",
            Self::Bits { .. } => "random_bits",
            Self::PatternBits { .. } => "random_bits_at",
            Self::PlaceBits => "random_bits_of",
        }
    }

    fn parameters(&self) -> Vec<(&'static str, Parameter)> {
        match self {
            Self::Block | Self::PlaceBits => Vec::new(),
            Self::Bits {
                shape,
                dtype,
                layout,
            } => vec![
                ("dtype", Parameter::Text(dtype.name().into())),
                ("layout", Parameter::text(layout)),
                ("shape", Parameter::tuple(shape)),
            ],
            Self::PatternBits { layout } => vec![("layout", Parameter::text(layout))],
        }
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let name = self.name();
        let key = inputs
            .first()
            .ok_or_else(|| format!("{name}: expected a key"))?
            .array(name)?;
        if key.dtype != DType::U32 || key.shape.last() != Some(&2) {
            return Err(format!("{name}: {key} is not a key: keys are u32[2]"));
        }
        let batch = &key.shape[..key.shape.rank() - 1];
        let drawn =
            |dtype: DType, shape: &[usize]| Type::Array(Aval::new(dtype, [batch, shape].concat()));
        match (self, &inputs[1..]) {
            (Self::Block, [x0, x1]) => {
                let (x0, x1) = (x0.array(name)?, x1.array(name)?);
                let count = match &x0.shape[..] {
                    [n] => Some(n),
                    [own @ .., n] if own == batch => Some(n),
                    _ => None,
                };
                let Some(&n) = count.filter(|_| x0 == x1 && x0.dtype == DType::U32) else {
                    return Err(format!(
                        "{name}: counters {x0} and {x1} are not both u32[n] or the keys' own"
                    ));
                };
                Ok(vec![drawn(DType::U32, &[n]); 2])
            }
            (Self::Bits { shape, dtype, .. }, []) if dtype.is_unsigned() => {
                Ok(vec![drawn(*dtype, shape)])
            }
            (Self::PatternBits { .. }, [pattern]) => {
                Ok(vec![drawn(DType::U32, &[pattern.pattern(name)?.nnz])])
            }
            (Self::PlaceBits, [places]) => {
                let places = places.array(name)?;
                if places.dtype != DType::U32 || !batch.is_empty() {
                    return Err(format!(
                        "{name}: expected one key u32[2] and places u32[..], found {key} and {places}"
                    ));
                }
                Ok(vec![drawn(DType::U32, &places.shape)])
            }
            _ => Err(format!("{name}: does not take {inputs:?}")),
        }
    }

    fn jvp(&self, primals: &[Value], _tangents: &[Tangent]) -> (Vec<Value>, Vec<Tangent>) {
        let results = bind(&self.clone().into(), primals.to_vec());
        let tangents = vec![None; results.len()];
        (results, tangents)
    }

    fn transpose(&self, _cotangents: &[Tangent], _inputs: &[Input]) -> Vec<Tangent> {
        not_linear(self.name())
    }

    fn batch(
        &self,
        inputs: &[Value],
        axes: &[Option<usize>],
        batch: &Batch,
    ) -> (Vec<Value>, Vec<Option<usize>>) {
        if matches!(self, Self::PlaceBits) {
            return batch_places(inputs, axes, batch.size);
        }
        let mut operands = inputs.to_vec();
        let shared = |i: usize| axes[i].is_none() && inputs[i].array().rank() == 1;
        if matches!(self, Self::Block) && !(shared(1) && shared(2)) {
            let size = batch.size;
            let key = ensure_front(inputs[0].array(), axes[0], size);
            let last = key.rank() - 1;
            for i in [1, 2] {
                // Counters that the keys of one example share are repeated for each of them.
                let x = ensure_front(inputs[i].array(), axes[i], size);
                let mut shape = key.shape().clone();
                shape[last] = x.shape()[x.rank() - 1];
                let mut dims: Vec<usize> = (0..x.rank() - 1).collect();
                dims.push(last);
                operands[i] = broadcast::broadcast_in_dim(&x, shape, &dims).into();
            }
            operands[0] = key.into();
        } else if let Some(axis) = axes[0] {
            operands[0] = to_front(inputs[0].array(), axis).into();
        }
        let results = bind(&self.clone().into(), operands);
        let axes = vec![Some(0); results.len()];
        (results, axes)
    }

    fn lowering(&self) -> Lowering<'_> {
        Lowering::Loop(Loop::Threefry(self))
    }
}

/// Draws for keys of their own are the two words of the block function in one.
fn batch_places(
    inputs: &[Value],
    axes: &[Option<usize>],
    size: usize,
) -> (Vec<Value>, Vec<Option<usize>>) {
    let (key, places) = (inputs[0].array(), inputs[1].array());
    if axes[0].is_none() {
        return (
            bind(&Threefry::PlaceBits.into(), inputs.to_vec()),
            vec![axes[1]],
        );
    }
    let key = ensure_front(key, axes[0], size);
    let places = ensure_front(places, axes[1], size);
    let counters = reshape::reshape(&places, [size, places.size() / size.max(1)]);
    let high = Array::zeros(counters.shape().clone(), DType::U32);
    let [a, b] = block(&key, &high, &counters);
    let bits = reshape::reshape(&(a ^ b), places.shape().clone());
    (vec![bits.into()], vec![Some(0)])
}

/// The two words of the block function for each counter.
#[track_caller]
pub(crate) fn block(key: &Array, x0: &Array, x1: &Array) -> [Array; 2] {
    let results = bind(
        &Threefry::Block.into(),
        vec![key.into(), x0.into(), x1.into()],
    );
    let mut words = results.into_iter().map(Value::into_array);
    match (words.next(), words.next()) {
        (Some(a), Some(b)) => [a, b],
        _ => unreachable!("the block function has two results"),
    }
}

/// Random bits of `shape`.
#[track_caller]
pub(crate) fn bits(key: &Array, shape: Shape, dtype: DType, layout: Layout) -> Array {
    bind1(
        Threefry::Bits {
            shape,
            dtype,
            layout,
        },
        vec![key.into()],
    )
}

/// The bits of a `[rows, cols]` draw at the entries of `pattern`.
#[track_caller]
pub(crate) fn bits_at(key: &Array, pattern: &Pattern, layout: Layout) -> Array {
    bind1(
        Threefry::PatternBits { layout },
        vec![key.into(), pattern.into()],
    )
}
