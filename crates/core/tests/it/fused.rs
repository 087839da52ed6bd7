//! Random programs compiled give the bits that they give equation by equation.

use graxe_core::{Array, DType, array, grad, jit, select, set_threads, vmap};
use graxe_kernels::simd;
use proptest::prelude::*;

/// One instruction over the values so far; operands are taken modulo their number.
#[derive(Clone, Debug)]
struct Instruction {
    op: usize,
    a: usize,
    b: usize,
    c: usize,
}

fn instructions() -> impl Strategy<Value = Vec<Instruction>> {
    let one = (0..18usize, 0..64usize, 0..64usize, 0..64usize)
        .prop_map(|(op, a, b, c)| Instruction { op, a, b, c });
    prop::collection::vec(one, 1..24)
}

/// Every value is `[6, 5]`; rows, columns and scalars of it come in through broadcasting.
fn run(program: &[Instruction], x: &Array, y: &Array) -> Vec<Array> {
    let mut values = vec![x.clone(), y.clone()];
    for i in program {
        let pick = |n: usize| values[n % values.len()].clone();
        let (a, b, c) = (pick(i.a), pick(i.b), pick(i.c));
        values.push(match i.op {
            0 => &a + &b,
            1 => &a - &b,
            2 => &a * &b,
            3 => a.maximum(&b),
            4 => -&a,
            5 => a.square() * 0.25,
            6 => a.sin(),
            7 => (-a.abs()).exp(),
            8 => select(&a.greater(&b), &a, &c),
            9 => select(&a.less(0), 0, &b) + &c,
            10 => &a + b.sum(0),
            11 => &a * b.mean(1).expand_dims(1),
            12 => &a - b.max(..),
            13 => a.index(0) + &b,
            14 => a.index((.., 1..2)) * &b,
            15 => a.astype(DType::I32).astype(DType::F32) + &b,
            16 => a.t().matmul(&b).index(..6 - 1).sum(0) * 0.125 + &c,
            _ => a.bitcast(DType::U32).bitcast(DType::F32) / 2,
        });
    }
    values.split_off(2)
}

fn bits(values: &[Array]) -> Vec<Vec<u32>> {
    let of = |a: &Array| a.as_slice::<f32>().iter().map(|v| v.to_bits()).collect();
    values.iter().map(of).collect()
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 48,
        rng_seed: proptest::test_runner::RngSeed::Fixed(0),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn compiled_programs_give_the_same_bits(
        program in instructions(),
        data in prop::collection::vec(-2.0f32..2.0, 60),
        outputs in 1..6usize,
    ) {
        let x = Array::from_vec(data[..30].to_vec(), [6, 5]);
        let y = Array::from_vec(data[30..].to_vec(), [6, 5]);
        let last = |values: Vec<Array>| {
            let from = values.len().saturating_sub(outputs);
            values[from..].to_vec()
        };
        let eager = last(run(&program, &x, &y));
        let compiled = jit(|x: &Array, y: &Array| last(run(&program, x, y)));
        for level in simd::levels() {
            prop_assert!(simd::force(Some(*level)).is_ok());
            for threads in [1, 2] {
                set_threads(threads);
                prop_assert_eq!(bits(&compiled(&x, &y)), bits(&eager), "{:?}", level);
            }
        }
        prop_assert!(simd::force(None).is_ok());
        let loss = |x: &Array, y: &Array| {
            run(&program, x, y).iter().fold(x.sum(..), |s, v| s + v.tanh().sum(..))
        };
        let plain = grad(loss)(&x, &y);
        prop_assert_eq!(bits(&[jit(grad(loss))(&x, &y)]), bits(&[plain]));
    }
}

#[test]
fn long_loops_go_by_tiles() {
    let n = 5000;
    let x = Array::from_vec((0..n * 3).map(|i| (i % 97) as f32 - 48.0).collect(), [n, 3]);
    let (row, column) = (array([1.0, 2.0, 3.0]), x.index((.., 0..1)));
    let f = |x: &Array, row: &Array, column: &Array| {
        let y = (x * row + column).square();
        (select(&y.greater(9), &y, -x), y.sum(0))
    };
    let (eager, compiled) = (f(&x, &row, &column), jit(f)(&x, &row, &column));
    assert_eq!(bits(&[compiled.0, compiled.1]), bits(&[eager.0, eager.1]));
    let each = |x: &Array, column: &Array| (x.exp() + column).sum(..);
    let batched = vmap(jit(each))(&x, &column).to_vec::<f32>();
    assert_eq!(jit(vmap(each))(&x, &column).to_vec::<f32>(), batched);
}

#[test]
fn empty_and_scalar_loops_work() {
    let f = jit(|x: &Array| (x * 2 + 1).tanh() - x);
    assert_eq!(f(&Array::zeros([0, 3], DType::F32)).shape()[..], [0, 3]);
    let x = array(0.5);
    assert_eq!(
        f(&x).item::<f32>(),
        ((&x * 2 + 1).tanh() - &x).item::<f32>()
    );
}

#[test]
fn long_programs_compile() {
    let f = jit(|x: &Array| (0..500).fold(x.clone(), |y, i| (&y * 0.5 + x.sum(0) / (i + 1)).sin()));
    assert_eq!(f(&Array::ones([4, 3], DType::F32)).shape()[..], [4, 3]);
    assert!(
        f.lower(|f| f(&Array::ones([4, 3], DType::F32)))
            .equations
            .len()
            > 2000
    );
}
