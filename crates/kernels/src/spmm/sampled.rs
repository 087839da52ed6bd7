//! The products of rows at the entries of a pattern.

use crate::number::Number;
use crate::simd::{self, Kernel};

/// The products of rows of `a` and `b` at the entries of the pattern:
/// `out[e, h] = Σ_f a[r, h, f] · b[col[e], h, f]` for each entry `e` of each row `r`.
///
/// `row_ptr` may be a part of a longer one: then `a` holds the rows of that part, and `out` its
/// entries, from `row_ptr[0]` on.
///
/// # Shapes
/// `row_ptr: [rows + 1]`, `col: [nnz]`, `a: [rows, heads, width]`, `b: [n, heads, width]`,
/// `out: [entries of the rows, heads]`.
pub fn sddmm<T: Number>(
    row_ptr: &[u32],
    col: &[u32],
    a: &[T],
    b: &[T],
    heads: usize,
    width: usize,
    out: &mut [T],
) {
    let rows = row_ptr.len() - 1;
    let entries = (row_ptr[rows] - row_ptr[0]) as usize;
    assert_eq!(a.len(), rows * heads * width, "sddmm: a does not fit");
    assert_eq!(out.len(), entries * heads, "sddmm: out does not fit");
    if out.is_empty() {
        return;
    }
    simd::run(Sampled {
        row_ptr,
        col,
        a,
        b,
        heads,
        width,
        out,
    });
}

struct Sampled<'a, T> {
    row_ptr: &'a [u32],
    col: &'a [u32],
    a: &'a [T],
    b: &'a [T],
    heads: usize,
    width: usize,
    out: &'a mut [T],
}

impl<T: Number> Kernel for Sampled<'_, T> {
    const WIDE: bool = false;

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "see `simd::Kernel`")]
    fn run(self) {
        match self.width {
            8 => self.entries::<8>(),
            16 => self.entries::<16>(),
            32 => self.entries::<32>(),
            64 => self.entries::<64>(),
            width => self.any(width),
        }
    }
}

// Loops over indices: what an iterator's adapters call is not always inlined here.
impl<T: Number> Sampled<'_, T> {
    /// Heads of a width that is compiled for.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "see `simd::Kernel`")]
    fn entries<const W: usize>(self) {
        let heads = self.heads;
        let (a, _) = self.a.as_chunks::<W>();
        let (b, _) = self.b.as_chunks::<W>();
        let first = self.row_ptr[0] as usize;
        for r in 0..self.row_ptr.len() - 1 {
            let a = &a[r * heads..(r + 1) * heads];
            for e in self.row_ptr[r] as usize..self.row_ptr[r + 1] as usize {
                let c = self.col[e] as usize;
                let b = &b[c * heads..(c + 1) * heads];
                let out = &mut self.out[(e - first) * heads..(e - first + 1) * heads];
                for h in 0..heads {
                    out[h] = dot(&a[h], &b[h]);
                }
            }
        }
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "see `simd::Kernel`")]
    fn any(self, width: usize) {
        let heads = self.heads;
        let first = self.row_ptr[0] as usize;
        for r in 0..self.row_ptr.len() - 1 {
            for e in self.row_ptr[r] as usize..self.row_ptr[r + 1] as usize {
                let c = self.col[e] as usize;
                for h in 0..heads {
                    let a = &self.a[(r * heads + h) * width..][..width];
                    let b = &self.b[(c * heads + h) * width..][..width];
                    self.out[(e - first) * heads + h] = dot(a, b);
                }
            }
        }
    }
}

/// The inner product, in an order that the length alone fixes: eight running sums, which are added
/// by halves, then what is left.
#[inline(always)]
fn dot<T: Number>(a: &[T], b: &[T]) -> T {
    const LANES: usize = 8;
    let (a_lanes, a_rest) = a.as_chunks::<LANES>();
    let (b_lanes, b_rest) = b.as_chunks::<LANES>();
    let mut rest = T::ZERO;
    for i in 0..a_rest.len().min(b_rest.len()) {
        rest = rest.add(a_rest[i].mul(b_rest[i]));
    }
    if a_lanes.is_empty() {
        return rest;
    }
    let mut lanes = [T::ZERO; LANES];
    for c in 0..a_lanes.len().min(b_lanes.len()) {
        let (a, b) = (&a_lanes[c], &b_lanes[c]);
        for i in 0..LANES {
            lanes[i] = lanes[i].add(a[i].mul(b[i]));
        }
    }
    let [l0, l1, l2, l3, l4, l5, l6, l7] = lanes;
    let low = l0.add(l4).add(l2.add(l6));
    let high = l1.add(l5).add(l3.add(l7));
    low.add(high).add(rest)
}
