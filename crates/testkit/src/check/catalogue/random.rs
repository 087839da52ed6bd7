//! Cases of random bits.

use graxe_core::ops::{Primitive, Threefry};
use graxe_core::random::Layout;
use graxe_core::{Array, DType, Pattern, Value};

use super::Case;
use super::operands::values;

fn words(shape: &[usize], first: u32) -> Array {
    let n: usize = shape.iter().product();
    let data = (0..n as u32).map(|i| first.wrapping_add(i.wrapping_mul(0x9E37_79B9)));
    Array::from_vec(data.collect(), shape)
}

pub(super) fn threefry() -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    let Ok(pattern) = Pattern::new(4, vec![0, 2, 2, 5], vec![2, 0, 1, 1, 3]) else {
        unreachable!("the pattern is well formed")
    };
    for key in [&[2][..], &[3, 2], &[2, 2, 2], &[0, 2]] {
        let key = words(key, 7);
        for n in [5, 1, 0] {
            let operands = values([key.clone(), words(&[n], 0), words(&[n], 99)]);
            cases.push((Threefry::Block.into(), operands));
        }
        for layout in [Layout::Partitionable, Layout::Original] {
            for dtype in [DType::U32, DType::U64] {
                for shape in [&[][..], &[5], &[2, 4], &[0, 3]] {
                    let op = Threefry::Bits {
                        shape: shape.into(),
                        dtype,
                        layout,
                    };
                    cases.push((op.into(), values([key.clone()])));
                }
            }
            let op = Primitive::from(Threefry::PatternBits { layout });
            let operands = vec![Value::from(&key), Value::from(&pattern)];
            cases.push((op, operands));
        }
    }
    for shape in [&[][..], &[5], &[2, 4], &[0, 3]] {
        let operands = values([words(&[2], 7), words(shape, 3)]);
        cases.push((Threefry::PlaceBits.into(), operands));
    }
    cases
}
