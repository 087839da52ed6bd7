//! Products for which no loop of this crate is faster.

use super::{Gemm, Product, covers};

/// The product row by row, for types without a tuned one.
fn plain<T: Gemm>(p: &Product<'_, T>, out: &mut [T]) {
    out.fill(T::ZERO);
    for (i, out) in out.chunks_exact_mut(p.n).enumerate() {
        for q in 0..p.k {
            let a = p.a[i * p.a_strides.0 + q * p.a_strides.1];
            let b = &p.b[q * p.b_strides.0..];
            if p.b_strides.1 == 1 {
                for (out, &b) in out.iter_mut().zip(b) {
                    *out = out.add(a.mul(b));
                }
            } else {
                for (j, out) in out.iter_mut().enumerate() {
                    *out = out.add(a.mul(b[j * p.b_strides.1]));
                }
            }
        }
    }
}

impl Gemm for i32 {
    fn blocked(p: &Product<'_, Self>, out: &mut [Self]) {
        plain(p, out);
    }
}

impl Gemm for i64 {
    fn blocked(p: &Product<'_, Self>, out: &mut [Self]) {
        plain(p, out);
    }
}

impl Gemm for u32 {
    fn blocked(p: &Product<'_, Self>, out: &mut [Self]) {
        plain(p, out);
    }
}

impl Gemm for u64 {
    fn blocked(p: &Product<'_, Self>, out: &mut [Self]) {
        plain(p, out);
    }
}

macro_rules! float_gemm {
    ($t:ty, $gemm:path) => {
        impl Gemm for $t {
            fn blocked(p: &Product<'_, Self>, out: &mut [Self]) {
                assert!(
                    covers(p.a, p.m, p.k, p.a_strides)
                        && covers(p.b, p.k, p.n, p.b_strides)
                        && out.len() == p.m * p.n
                );
                let (rsa, csa) = (p.a_strides.0 as isize, p.a_strides.1 as isize);
                let (rsb, csb) = (p.b_strides.0 as isize, p.b_strides.1 as isize);
                // SAFETY: the assertion above puts every element that the shapes and strides
                // name inside its slice, and `out` is borrowed mutably, so it overlaps neither
                // operand. With beta = 0 the old contents of `out` are not read.
                unsafe {
                    $gemm(
                        p.m,
                        p.k,
                        p.n,
                        1.0,
                        p.a.as_ptr(),
                        rsa,
                        csa,
                        p.b.as_ptr(),
                        rsb,
                        csb,
                        0.0,
                        out.as_mut_ptr(),
                        p.n as isize,
                        1,
                    );
                }
            }
        }
    };
}

float_gemm!(f32, matrixmultiply::sgemm);
float_gemm!(f64, matrixmultiply::dgemm);
