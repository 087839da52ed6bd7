//! Keys: split, never global.

use graxe_derive::Tree;

use crate::array::{Array, DType, Scope};
use crate::functions::shape::{concatenate, stack};
use crate::ops::{iota, threefry};
use crate::random::Layout;
use crate::transform::misuse;

/// A key of the Threefry generator: two `u32`. Each random draw takes one; the same key
/// gives the same numbers.
///
/// ```
/// use graxe_core::random::{uniform, Key};
/// use graxe_core::DType;
/// let x = uniform(&Key::new(0), (), DType::F32);
/// assert_eq!(x.item::<f32>(), 0.947667);
/// ```
#[derive(Clone, Debug, Tree)]
pub struct Key {
    data: Array,
}

impl Key {
    /// The key of a seed, JAX's `PRNGKey`: outside of [`with_x64`](crate::with_x64) only the
    /// seed's low 32 bits count.
    pub fn new(seed: i64) -> Self {
        let high = if Scope::current().x64 {
            (seed as u64 >> 32) as u32
        } else {
            0
        };
        Self::from_words([high, seed as u32])
    }

    /// The key of two words.
    pub fn from_words(words: [u32; 2]) -> Self {
        Self {
            data: Array::from_vec(words.to_vec(), 2),
        }
    }

    /// The key in an array `u32[2]`.
    ///
    /// # Panics
    /// If the array is anything else.
    #[track_caller]
    pub fn from_array(data: Array) -> Self {
        if data.dtype() != DType::U32 || data.shape()[..] != [2] {
            misuse(format!("key: {} is not a key: keys are u32[2]", data.aval));
        }
        Self { data }
    }

    /// The two words, `u32[2]`.
    pub fn data(&self) -> &Array {
        &self.data
    }

    /// Two new keys; this one should not be used again.
    pub fn split(&self) -> [Self; 2] {
        let keys = self.split_array(2);
        [0, 1].map(|i| Self {
            data: keys.index(i),
        })
    }

    /// `n` new keys.
    pub fn split_n(&self, n: usize) -> Vec<Self> {
        let keys = self.split_array(n);
        (0..n)
            .map(|i| Self {
                data: keys.index(i),
            })
            .collect()
    }

    /// `n` new keys as `u32[n, 2]`.
    pub fn split_array(&self, n: usize) -> Array {
        match Scope::current().layout {
            Layout::Partitionable => {
                let low = iota::iota(DType::U32, n);
                let high = Array::zeros(n, DType::U32);
                let [a, b] = threefry::block(&self.data, &high, &low);
                stack(&[&a, &b], 1)
            }
            Layout::Original => {
                let count = iota::iota(DType::U32, 2 * n);
                let halves = count.split(2, 0);
                let [a, b] = threefry::block(&self.data, &halves[0], &halves[1]);
                concatenate(&[&a, &b], 0).reshape([n as isize, 2])
            }
        }
    }

    /// The key for the `data`-th of many, without splitting them all.
    pub fn fold_in(&self, data: u32) -> Self {
        self.fold_in_array(&Array::from_vec(vec![data], ()))
    }

    /// As [`Self::fold_in`] with a scalar that may be traced.
    #[track_caller]
    pub fn fold_in_array(&self, data: &Array) -> Self {
        let low = data.astype(DType::U32).reshape([1]);
        let [a, b] = threefry::block(&self.data, &Array::zeros(1, DType::U32), &low);
        Self {
            data: concatenate(&[&a, &b], 0),
        }
    }
}
