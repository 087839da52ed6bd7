//! Matrix products.

use super::math::promote;
use crate::array::{Array, DType, Shape, broadcast_shapes};
use crate::ops::dot::{Dot, dot_general};
use crate::ops::{broadcast, transpose};
use crate::transform::misuse;

impl Array {
    /// NumPy's matrix product: matrices in the last two axes, the others broadcast; a vector
    /// is a row on the left and a column on the right.
    ///
    /// # Panics
    /// If an operand is a scalar or the inner extents differ.
    #[track_caller]
    pub fn matmul(&self, y: &Self) -> Self {
        let operands = promote(&[self, y]);
        let (x, y) = (&operands[0], &operands[1]);
        let refuse = || -> ! {
            misuse(format!("matmul: {} and {} do not fit", x.aval, y.aval));
        };
        if x.rank() == 0 || y.rank() == 0 {
            refuse();
        }
        let inner = if y.rank() == 1 { 0 } else { y.rank() - 2 };
        if x.shape()[x.rank() - 1] != y.shape()[inner] {
            refuse();
        }
        if x.rank() <= 2 && y.rank() <= 2 || y.rank() == 1 {
            return contract(x, y, x.rank() - 1, inner);
        }
        if x.rank() == 1 {
            return contract(x, y, 0, inner);
        }
        // Batches are broadcast together, then kept in step.
        let (bx, by): (Shape, Shape) = (
            x.shape()[..x.rank() - 2].into(),
            y.shape()[..y.rank() - 2].into(),
        );
        let Some(batch) = broadcast_shapes([&bx, &by]) else {
            refuse()
        };
        let widen = |a: &Self| {
            let shape: Shape = batch
                .iter()
                .chain(&a.shape()[a.rank() - 2..])
                .copied()
                .collect();
            broadcast::broadcast_to(a, &shape)
        };
        if by.rank() == 0 {
            return contract(x, y, x.rank() - 1, 0);
        }
        let (x, y) = (widen(x), widen(y));
        let rank = x.rank();
        let batch: Vec<usize> = (0..rank - 2).collect();
        let dims = Dot {
            left_contract: vec![rank - 1],
            right_contract: vec![rank - 2],
            left_batch: batch.clone(),
            right_batch: batch,
        };
        dot_general(&x, &y, &dims)
    }

    /// NumPy's `dot`: the last axis of `self` against the last but one of `y`.
    #[track_caller]
    pub fn dot(&self, y: &Self) -> Self {
        let operands = promote(&[self, y]);
        let (x, y) = (&operands[0], &operands[1]);
        if x.rank() == 0 || y.rank() == 0 {
            return x * y;
        }
        let inner = if y.rank() == 1 { 0 } else { y.rank() - 2 };
        if x.shape()[x.rank() - 1] != y.shape()[inner] {
            misuse(format!("dot: {} and {} do not fit", x.aval, y.aval));
        }
        contract(x, y, x.rank() - 1, inner)
    }

    /// Sums of products over paired axes, the free axes of `self` first.
    #[track_caller]
    pub fn tensordot(&self, y: &Self, axes: &[usize], y_axes: &[usize]) -> Self {
        let operands = promote(&[self, y]);
        let dims = Dot {
            left_contract: axes.to_vec(),
            right_contract: y_axes.to_vec(),
            ..Dot::default()
        };
        dot_general(&operands[0], &operands[1], &dims)
    }

    /// Every product of an element of `self` with one of `y`, both flattened.
    #[track_caller]
    pub fn outer(&self, y: &Self) -> Self {
        self.flatten().expand_dims(1) * y.flatten().expand_dims(0)
    }

    /// The elements on or below diagonal `k` of the last two axes, zeros above.
    #[track_caller]
    pub fn tril(&self, k: isize) -> Self {
        super::logic::select(&self.band(k, true), self, 0)
    }

    /// The elements on or above diagonal `k` of the last two axes, zeros below.
    #[track_caller]
    pub fn triu(&self, k: isize) -> Self {
        super::logic::select(&self.band(k, false), self, 0)
    }

    #[track_caller]
    fn band(&self, k: isize, lower: bool) -> Self {
        if self.rank() < 2 {
            misuse(format!("tril, triu: {} is not a matrix", self.aval));
        }
        let shape = &self.shape()[self.rank() - 2..];
        let row = crate::ops::iota::iota(DType::I32, shape[0]).expand_dims(1) + k as i32;
        let col = crate::ops::iota::iota(DType::I32, shape[1]).expand_dims(0);
        if lower {
            row.greater_equal(col)
        } else {
            row.less_equal(col)
        }
    }

    /// The sum of the diagonal of a matrix.
    #[track_caller]
    pub fn trace(&self) -> Self {
        let [rows, cols] = self.shape()[..] else {
            misuse(format!("trace: {} is not a matrix", self.aval))
        };
        let diagonal = super::creation::eye(rows, cols, 0, DType::Bool);
        super::logic::select(&diagonal, self, 0).sum(..)
    }

    /// The matrix product with the last two axes of `y` exchanged.
    #[track_caller]
    pub fn matmul_t(&self, y: &Self) -> Self {
        let mut perm: Vec<usize> = (0..y.rank()).collect();
        let n = perm.len();
        if n >= 2 {
            perm.swap(n - 1, n - 2);
        }
        self.matmul(&transpose::transpose(y, &perm))
    }
}

fn contract(x: &Array, y: &Array, left: usize, right: usize) -> Array {
    let dims = Dot {
        left_contract: vec![left],
        right_contract: vec![right],
        ..Dot::default()
    };
    dot_general(x, y, &dims)
}
