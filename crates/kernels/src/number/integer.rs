//! Operations on the bits of integers.

use super::Number;

/// An integer; a shift by its width or more, or by a negative amount, shifts every bit out.
pub trait Integer: Number {
    /// Bitwise and.
    fn and(self, other: Self) -> Self;
    /// Bitwise or.
    fn or(self, other: Self) -> Self;
    /// Bitwise exclusive or.
    fn xor(self, other: Self) -> Self;
    /// Bitwise complement.
    fn not(self) -> Self;
    /// Shift to the left, filling with zeros.
    fn shl(self, amount: Self) -> Self;
    /// Shift to the right, filling with zeros.
    fn shr_logical(self, amount: Self) -> Self;
    /// Shift to the right, filling with copies of the top bit, for unsigned types too.
    fn shr_arithmetic(self, amount: Self) -> Self;
    /// The number of bits that are set.
    fn population_count(self) -> Self;
    /// The number of zero bits above the highest one that is set.
    fn leading_zeros(self) -> Self;
}

macro_rules! integer {
    ($($t:ty: $signed:ty, $unsigned:ty);*) => {$(
        impl Integer for $t {
            #[inline]
            fn and(self, other: Self) -> Self {
                self & other
            }
            #[inline]
            fn or(self, other: Self) -> Self {
                self | other
            }
            #[inline]
            fn xor(self, other: Self) -> Self {
                self ^ other
            }
            #[inline]
            fn not(self) -> Self {
                !self
            }
            #[inline]
            fn shl(self, amount: Self) -> Self {
                let amount = amount as $unsigned;
                if amount < <$t>::BITS as $unsigned { self << amount } else { 0 }
            }
            #[inline]
            fn shr_logical(self, amount: Self) -> Self {
                let amount = amount as $unsigned;
                if amount < <$t>::BITS as $unsigned { (self as $unsigned >> amount) as $t } else { 0 }
            }
            #[inline]
            fn shr_arithmetic(self, amount: Self) -> Self {
                let amount = (amount as $unsigned).min(<$t>::BITS as $unsigned - 1);
                (self as $signed >> amount) as $t
            }
            #[inline]
            fn population_count(self) -> Self {
                self.count_ones() as $t
            }
            #[inline]
            fn leading_zeros(self) -> Self {
                <$t>::leading_zeros(self) as $t
            }
        }
    )*};
}

integer!(i32: i32, u32; i64: i64, u64; u32: i32, u32; u64: i64, u64);

#[cfg(test)]
mod tests {
    use super::Integer;

    #[test]
    fn shifts_past_the_width_lose_every_bit() {
        assert_eq!(Integer::shl(1i32, 31), i32::MIN);
        assert_eq!(Integer::shl(1i32, 32), 0);
        assert_eq!(Integer::shl(1i32, -1), 0);
        assert_eq!((-8i32).shr_logical(1), 0x7fff_fffc);
        assert_eq!((-8i64).shr_logical(64), 0);
        assert_eq!((-8i32).shr_arithmetic(1), -4);
        assert_eq!((-8i32).shr_arithmetic(40), -1);
        assert_eq!(8i32.shr_arithmetic(-1), 0);
        assert_eq!(0x8000_0000u32.shr_arithmetic(31), u32::MAX);
    }

    #[test]
    fn bits_are_counted() {
        assert_eq!((-1i64).population_count(), 64);
        assert_eq!(Integer::leading_zeros(1u32), 31);
        assert_eq!(Integer::leading_zeros(0i64), 64);
    }
}
