//! Numbers that any language can draw, for values that come from other libraries.

/// Whole numbers below `end`: `x ← 1103515245 x + 12345 mod 2³¹`, of which the last 8 bits are left out.
pub(crate) fn congruential(seed: u64, count: usize, end: u64) -> Vec<u32> {
    let mut x = seed;
    let next = |_| {
        x = (x * 1_103_515_245 + 12345) % (1 << 31);
        ((x >> 8) % end) as u32
    };
    (0..count).map(next).collect()
}

/// The same as floating-point numbers.
pub(crate) fn floats(seed: u64, count: usize, end: u64) -> Vec<f64> {
    congruential(seed, count, end)
        .into_iter()
        .map(f64::from)
        .collect()
}

/// Panics unless numbers agree to `tolerance`.
#[track_caller]
pub(crate) fn near(got: &[f64], want: &[f64], tolerance: f64) {
    assert_eq!(got.len(), want.len());
    for (i, (a, b)) in got.iter().zip(want).enumerate() {
        assert!((a - b).abs() <= tolerance, "{i}: {a} is not {b} in {got:?}");
    }
}
