//! Running a kernel with the widest vector instructions that the machine has, or narrower ones on request.
//!
//! The same code is compiled several times. No instruction set fuses a product with a sum, so
//! all of them give the same bits.

use std::fmt;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU8, Ordering::Relaxed};

/// A set of vector instructions that kernels are compiled for, narrowest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// What every machine of the target has; on x86-64, SSE2 with 128 bits.
    Baseline,
    /// AVX2, with 256 bits.
    Avx2,
    /// AVX-512 (F, VL, DQ and BW), with 512 bits.
    Avx512,
}

/// The environment variable that names the level to use.
const VARIABLE: &str = "GRAXE_SIMD";

const ALL: [Level; 3] = [Level::Baseline, Level::Avx2, Level::Avx512];

impl Level {
    /// The name in messages and in the environment: `baseline`, `avx2` or `avx512`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Baseline => "baseline",
            Self::Avx2 => "avx2",
            Self::Avx512 => "avx512",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A level was asked for that the machine does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unavailable(Level);

impl fmt::Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = levels().iter().map(|level| level.name()).collect();
        write!(
            f,
            "this machine has no {}: it runs {}",
            self.0,
            names.join(", ")
        )
    }
}

impl std::error::Error for Unavailable {}

/// The widest level that the machine has.
pub fn available() -> Level {
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512vl")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512bw")
        {
            return Level::Avx512;
        }
        if is_x86_feature_detected!("avx2") {
            return Level::Avx2;
        }
    }
    Level::Baseline
}

/// All levels that the machine has, narrowest first.
pub fn levels() -> &'static [Level] {
    &ALL[..=available() as usize]
}

/// The level that kernels run at: the forced one, else the one that `GRAXE_SIMD` names, else the
/// widest available.
///
/// # Panics
/// Panics with the line of [`from_environment`] if the variable names no available level.
#[inline]
pub fn level() -> Level {
    match CURRENT.load(Relaxed) {
        0 => Level::Baseline,
        1 => Level::Avx2,
        2 => Level::Avx512,
        _ => settle(),
    }
}

/// Lets every kernel of the process run at a level, or with `None` at the usual one again.
///
/// # Errors
/// Returns an error, and changes nothing, if the machine does not have the level.
pub fn force(level: Option<Level>) -> Result<(), Unavailable> {
    match level {
        Some(level) if level > available() => Err(Unavailable(level)),
        Some(level) => {
            CURRENT.store(level as u8, Relaxed);
            Ok(())
        }
        None => {
            CURRENT.store(UNSETTLED, Relaxed);
            Ok(())
        }
    }
}

/// The level that the environment variable `GRAXE_SIMD` names, `None` where it is not set; the
/// variable is read once.
///
/// # Errors
/// Returns one line that names the allowed values if it names no available level.
pub fn from_environment() -> Result<Option<Level>, String> {
    static CHOICE: OnceLock<Result<Option<Level>, String>> = OnceLock::new();
    CHOICE
        .get_or_init(|| match std::env::var_os(VARIABLE) {
            None => Ok(None),
            Some(value) => named(&value.to_string_lossy()).map(Some),
        })
        .clone()
}

/// The available level of a name.
fn named(value: &str) -> Result<Level, String> {
    let Some(level) = ALL.into_iter().find(|level| level.name() == value) else {
        return Err(format!(
            "{VARIABLE} is {value:?}: expected baseline, avx2 or avx512"
        ));
    };
    if level > available() {
        return Err(format!("{VARIABLE} is {value:?}: {}", Unavailable(level)));
    }
    Ok(level)
}

/// The number of the level in use: only ever one that the machine has, or [`UNSETTLED`].
static CURRENT: AtomicU8 = AtomicU8::new(UNSETTLED);

const UNSETTLED: u8 = u8::MAX;

#[cold]
#[inline(never)]
fn settle() -> Level {
    let level = match from_environment() {
        Ok(level) => level.unwrap_or_else(available),
        Err(line) => panic!("{line}"),
    };
    // A level that was forced in the meantime stands.
    let _ = CURRENT.compare_exchange(UNSETTLED, level as u8, Relaxed, Relaxed);
    level
}

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
    match level() {
        // SAFETY: `level` is never more than the machine has (`settle` and `force` ask it).
        Level::Avx512 if K::WIDE => unsafe { avx512(kernel) },
        // SAFETY: as above; a machine with AVX-512 has AVX2.
        Level::Avx512 | Level::Avx2 => unsafe { avx2(kernel) },
        Level::Baseline => kernel.run(),
    }
    #[cfg(not(target_arch = "x86_64"))]
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

/// Calls `f` with every level of the machine forced in turn, in one test at a time.
#[cfg(test)]
pub(crate) fn at_every_level(mut f: impl FnMut(Level)) {
    static ONE: std::sync::Mutex<()> = std::sync::Mutex::new(());
    let _one = ONE
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    for &each in levels() {
        force(Some(each)).unwrap();
        f(each);
    }
    force(None).unwrap();
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
        fn every_level_gives_the_same_bits(
            a in -1e3..1e3f32, xy in prop::collection::vec((-1e3..1e3f32, -1e3..1e3f32), 0..100),
        ) {
            let (x, y): (Vec<f32>, Vec<f32>) = xy.into_iter().unzip();
            let mut plain = y.clone();
            Axpy(a, &x, &mut plain).run();
            at_every_level(|level| {
                let mut out = y.clone();
                run(Axpy(a, &x, &mut out));
                assert_eq!(out, plain, "at {level}");
            });
        }
    }

    #[test]
    fn a_forced_level_is_used_and_more_than_available_is_refused() {
        assert_eq!(levels().first(), Some(&Level::Baseline));
        assert_eq!(levels().last(), Some(&available()));
        at_every_level(|forced| {
            assert_eq!(level(), forced);
            for more in ALL.into_iter().filter(|&more| more > available()) {
                assert_eq!(force(Some(more)), Err(Unavailable(more)));
            }
            assert_eq!(level(), forced);
        });
        let line = Unavailable(Level::Avx512).to_string();
        assert!(line.starts_with("this machine has no avx512: it runs baseline"));
    }

    #[test]
    fn the_environment_names_available_levels() {
        for &level in levels() {
            assert_eq!(named(level.name()), Ok(level));
        }
        assert_eq!(
            named("sse").unwrap_err(),
            "GRAXE_SIMD is \"sse\": expected baseline, avx2 or avx512"
        );
        for more in ALL.into_iter().filter(|&more| more > available()) {
            assert!(named(more.name()).unwrap_err().contains("has no"));
        }
    }
}
