//! Running a kernel with the widest vector instructions that the machine has.
//!
//! The same code is compiled several times. No instruction set fuses a product with a sum, so
//! all of them give the same bits.

/// The body of a kernel. What it calls in its loops must be inlined into it, or it is compiled
/// for the baseline only.
pub(crate) trait Kernel {
    /// Whether the body gains from vectors of 512 bits.
    const WIDE: bool;

    /// Runs the body; implementations are `#[inline(always)]`.
    fn run(self);
}

/// Runs a kernel.
#[inline]
pub(crate) fn run<K: Kernel>(kernel: K) {
    #[cfg(target_arch = "x86_64")]
    {
        if K::WIDE
            && is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512vl")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512bw")
        {
            // SAFETY: the machine has the features that the function is compiled for.
            return unsafe { avx512(kernel) };
        }
        if is_x86_feature_detected!("avx2") {
            // SAFETY: as above.
            return unsafe { avx2(kernel) };
        }
    }
    kernel.run();
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512bw")]
fn avx512(kernel: impl Kernel) {
    kernel.run();
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn avx2(kernel: impl Kernel) {
    kernel.run();
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    struct Axpy<'a>(f32, &'a [f32], &'a mut [f32]);

    impl Kernel for Axpy<'_> {
        const WIDE: bool = true;

        #[inline(always)]
        #[expect(clippy::inline_always, reason = "see `Kernel`")]
        fn run(self) {
            for (y, x) in self.2.iter_mut().zip(self.1) {
                *y += self.0 * x;
            }
        }
    }

    proptest! {
        #![proptest_config(crate::fixed_seed())]

        #[test]
        fn every_instruction_set_gives_the_same_bits(
            a in -1e3..1e3f32, xy in prop::collection::vec((-1e3..1e3f32, -1e3..1e3f32), 0..100),
        ) {
            let (x, mut plain): (Vec<f32>, Vec<f32>) = xy.into_iter().unzip();
            let mut wide = plain.clone();
            Axpy(a, &x, &mut plain).run();
            #[cfg(target_arch = "x86_64")]
            if is_x86_feature_detected!("avx2") {
                let mut narrow = wide.clone();
                // SAFETY: the machine has the feature.
                unsafe { avx2(Axpy(a, &x, &mut narrow)) };
                prop_assert_eq!(&narrow, &plain);
            }
            run(Axpy(a, &x, &mut wide));
            prop_assert_eq!(wide, plain);
        }
    }
}
