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
        let Self { heads, width, .. } = self;
        let row = heads * width;
        let first = self.row_ptr[0] as usize;
        for (r, ends) in self.row_ptr.windows(2).enumerate() {
            let entries = ends[0] as usize..ends[1] as usize;
            let a = &self.a[r * row..][..row];
            let out = &mut self.out[(entries.start - first) * heads..(entries.end - first) * heads];
            for (out, &c) in out.chunks_exact_mut(heads).zip(&self.col[entries]) {
                let b = &self.b[c as usize * row..][..row];
                for (h, out) in out.iter_mut().enumerate() {
                    let features = h * width..(h + 1) * width;
                    *out = dot(&a[features.clone()], &b[features]);
                }
            }
        }
    }
}

/// The inner product, in an order that the length alone fixes.
#[inline(always)]
fn dot<T: Number>(a: &[T], b: &[T]) -> T {
    const LANES: usize = 8;
    let (a_lanes, a_rest) = a.as_chunks::<LANES>();
    let (b_lanes, b_rest) = b.as_chunks::<LANES>();
    let mut sum = T::ZERO;
    for (&a, &b) in a_rest.iter().zip(b_rest) {
        sum = sum.add(a.mul(b));
    }
    if a_lanes.is_empty() {
        return sum;
    }
    let mut lanes = [T::ZERO; LANES];
    for (a, b) in a_lanes.iter().zip(b_lanes) {
        for ((lane, &a), &b) in lanes.iter_mut().zip(a).zip(b) {
            *lane = lane.add(a.mul(b));
        }
    }
    let [l0, l1, l2, l3, l4, l5, l6, l7] = lanes;
    let low = l0.add(l4).add(l2.add(l6));
    let high = l1.add(l5).add(l3.add(l7));
    low.add(high).add(sum)
}
