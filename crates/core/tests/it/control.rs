//! Branches and loops nested at random: compiled, batched and differentiated as their equations are;
//! and loops with kernels large enough to be cut into parts.

use std::thread;

use graxe_core::{
    Array, BatchAxes, BatchAxis, DType, array, cond, fori_loop, grad, jit, jvp, scan, scan_with,
    set_threads, stack, switch, vmap, vmap_with, while_loop, with_x64,
};
use proptest::prelude::*;

/// What adds one array of some triples of elements to those there are. Arrays are named by numbers, modulo how
/// many there are; what comes out stays within 1.5 of zero. Only flags, which are integers, decide.
#[derive(Clone, Debug)]
enum Op {
    Sine(usize, usize),
    Mean(usize, usize),
    Centre(usize),
    Mix(usize),
    Cond(usize, usize, [Vec<Op>; 2]),
    Switch(usize, usize, [Vec<Op>; 3]),
    Scan {
        carry: [usize; 2],
        xs: usize,
        steps: usize,
        reverse: bool,
        body: Vec<Op>,
    },
    Fori(i64, usize, usize, Vec<Op>),
    While(usize, usize, Vec<Op>),
}

impl Op {
    fn bodies(&self) -> &[Vec<Op>] {
        match self {
            Self::Sine(..) | Self::Mean(..) | Self::Centre(_) | Self::Mix(_) => &[],
            Self::Cond(_, _, bodies) => bodies,
            Self::Switch(_, _, bodies) => bodies,
            Self::Scan { body, .. } | Self::Fori(_, _, _, body) | Self::While(_, _, body) => {
                std::slice::from_ref(body)
            }
        }
    }

    /// Whether reverse mode does not go through.
    fn is_forward_only(&self) -> bool {
        matches!(self, Self::While(..)) || self.bodies().iter().flatten().any(Op::is_forward_only)
    }
}

/// What ops make of the arrays: all that there are in the end.
fn all(ops: &[Op], arrays: &[Array], flags: &Array) -> Vec<Array> {
    let mut pool = arrays.to_vec();
    for op in ops {
        let result = one(op, &pool, flags);
        pool.push(result);
    }
    pool
}

/// The last array that ops make of arrays and those of a body.
fn last(ops: &[Op], arrays: &[Array], inner: &[&Array], flags: &Array) -> Array {
    let pool: Vec<Array> = arrays
        .iter()
        .chain(inner.iter().copied())
        .cloned()
        .collect();
    let made = all(ops, &pool, flags);
    made[made.len() - 1].clone()
}

fn one(op: &Op, pool: &[Array], flags: &Array) -> Array {
    let at = |k: usize| &pool[k % pool.len()];
    let flag = |k: usize| flags.index((k % 4) as isize);
    match op {
        Op::Sine(a, b) => (at(*a) * at(*b) * 1.5).sin(),
        Op::Mean(a, b) => (at(*a) + at(*b)) * 0.5,
        Op::Centre(a) => (at(*a) - at(*a).mean(..)).tanh(),
        Op::Mix(a) => {
            let mixing = Array::from_vec(numbers(9, 7), [3, 3]) * 0.4;
            at(*a).reshape([-1, 3]).matmul(&mixing).reshape([-1])
        }
        Op::Cond(k, a, [then, otherwise]) => cond(
            (flag(*k) % 2).equal(0),
            |x: &Array| last(then, pool, &[x], flags),
            |x: &Array| last(otherwise, pool, &[x], flags),
            &(at(*a) * 0.9),
        ),
        Op::Switch(k, a, [first, second, third]) => {
            let branches: [&dyn Fn(&Array) -> Array; 3] = [
                &|x| last(first, pool, &[x], flags),
                &|x| last(second, pool, &[x], flags),
                &|x| last(third, pool, &[x], flags),
            ];
            switch(flag(*k), &branches, at(*a))
        }
        Op::Scan {
            carry: [a, b],
            xs,
            steps,
            reverse,
            body,
        } => {
            let slices: Vec<&Array> = (0..3).map(|k| at(xs + k)).collect();
            let xs = stack(&slices, 0).index(..*steps as isize);
            let step = |(c, d): (Array, Array), x: Array| {
                let next = last(body, pool, &[&c, &d, &x], flags);
                ((next.clone(), c), next * d)
            };
            let mut options = graxe_core::ScanOptions::default();
            if *reverse {
                options = options.reverse();
            }
            let start = (at(*a).clone(), at(*b).clone());
            let ((c, d), ys) = scan_with(step, start, &xs, options);
            (c + d * 0.5 + ys.sum(0)).sin()
        }
        Op::Fori(from, steps, a, body) => {
            let step = |i: Array, c: Array| {
                let count = c.sum(..) * i.astype(DType::F64) * 0.1;
                last(body, pool, &[&(&c * 0.8 + count.sin()), &c], flags)
            };
            fori_loop(*from, from + *steps as i64, step, at(*a).clone())
        }
        Op::While(k, a, body) => {
            let until = flag(*k);
            let going = |(i, c): &(Array, Array)| i.less(&until) & c.sum(..).less(100);
            let step = |(i, c): (Array, Array)| (i + 1, last(body, pool, &[&c], flags));
            while_loop(going, step, (Array::from(0), at(*a).clone())).1
        }
    }
}

/// All results in one number.
fn loss(ops: &[Op], x: &Array, flags: &Array) -> Array {
    let rows = [0, 1, 2].map(|k| x.index(k));
    let made = all(ops, &rows, flags);
    let terms = made.iter().enumerate();
    let terms = terms.map(|(k, y)| (y * (0.3 + k as f64 * 0.1)).tanh().mean(..));
    terms.fold(Array::zeros((), DType::F64), |sum, term| sum + term)
}

fn body(inner: impl Strategy<Value = Op> + Clone) -> impl Strategy<Value = Vec<Op>> + Clone {
    prop::collection::vec(inner, 0..3)
}

fn op() -> impl Strategy<Value = Op> + Clone {
    let k = || 0..24usize;
    let leaf = prop_oneof![
        (k(), k()).prop_map(|(a, b)| Op::Sine(a, b)),
        (k(), k()).prop_map(|(a, b)| Op::Mean(a, b)),
        k().prop_map(Op::Centre),
        k().prop_map(Op::Mix),
    ];
    leaf.prop_recursive(3, 24, 6, move |inner| {
        let k = || 0..24usize;
        let two = [body(inner.clone()), body(inner.clone())];
        let three = [
            body(inner.clone()),
            body(inner.clone()),
            body(inner.clone()),
        ];
        prop_oneof![
            inner.clone(),
            (k(), k(), two).prop_map(|(f, a, bodies)| Op::Cond(f, a, bodies)),
            (k(), k(), three).prop_map(|(f, a, bodies)| Op::Switch(f, a, bodies)),
            (
                [k(), k()],
                k(),
                0..4usize,
                any::<bool>(),
                body(inner.clone())
            )
                .prop_map(|(carry, xs, steps, reverse, body)| Op::Scan {
                    carry,
                    xs,
                    steps,
                    reverse,
                    body
                }),
            (-1..3i64, 0..4usize, k(), body(inner.clone()))
                .prop_map(|(from, steps, a, body)| Op::Fori(from, steps, a, body)),
            (k(), k(), body(inner)).prop_map(|(f, a, body)| Op::While(f, a, body)),
        ]
    })
}

/// Numbers in `[-1.5, 1.5)`, others for another salt.
fn numbers(n: usize, salt: usize) -> Vec<f64> {
    let number = |i: usize| ((i * 37 + salt * 53 + 11) % 101) as f64 / 101.0 * 3.0 - 1.5;
    (0..n).map(number).collect()
}

fn bits(array: &Array) -> Vec<u64> {
    array
        .as_slice::<f64>()
        .iter()
        .map(|x| x.to_bits())
        .collect()
}

/// Within `tolerance` of the larger of 1 and the wanted number.
fn near(got: &[f64], want: &[f64], tolerance: f64) -> bool {
    let pairs = got.iter().zip(want);
    let close = |(g, w): (&f64, &f64)| (g - w).abs() <= tolerance * w.abs().max(1.0);
    got.len() == want.len() && pairs.into_iter().all(close)
}

/// The slope of the loss along `direction`, by central differences of the fourth order.
fn difference(ops: &[Op], x: &Array, flags: &Array, direction: &Array) -> f64 {
    const STEP: f64 = 1e-4;
    let at = |s: f64| loss(ops, &(x + direction * s), flags).item::<f64>();
    (8.0 * (at(STEP) - at(-STEP)) - (at(2.0 * STEP) - at(-2.0 * STEP))) / (12.0 * STEP)
}

/// Checks that `f` compiled gives the bits of its equations on one thread and on two.
fn compiled(
    f: impl Fn(&Array, &Array) -> Array + Send + Sync,
    x: &Array,
    flags: &Array,
) -> Result<Array, TestCaseError> {
    let plain = f(x, flags);
    let compiled = jit(f);
    for threads in [1, 2] {
        set_threads(threads);
        let found = compiled(x, flags);
        prop_assert_eq!(found.shape(), plain.shape());
        prop_assert_eq!(bits(&found), bits(&plain), "{} threads", threads);
    }
    Ok(plain)
}

/// Checks that a batch of `f` is a loop over its examples, with flags in the batch and shared.
fn batched(
    f: impl Fn(&Array, &Array) -> Array + Send + Sync + Copy,
    x: &Array,
    flags: &Array,
) -> Result<(), TestCaseError> {
    let both = compiled(|x: &Array, flags: &Array| vmap(f)(x, flags), x, flags)?;
    let first = flags.index(0);
    let axes = || BatchAxes::inputs([BatchAxis::At(0), BatchAxis::Shared]);
    let shared = compiled(
        |x: &Array, f0: &Array| vmap_with(f, axes())(x, f0),
        x,
        &first,
    )?;
    for (found, of) in [(both, None), (shared, Some(&first))] {
        for b in 0..x.shape()[0] as isize {
            let own = flags.index(b);
            let want = f(&x.index(b), of.unwrap_or(&own)).to_vec::<f64>();
            let got = found.index(b).to_vec::<f64>();
            prop_assert!(
                near(&got, &want, 1e-12),
                "example {b}: {got:?}, expected {want:?}"
            );
        }
    }
    Ok(())
}

fn check(ops: &[Op], flags: Vec<i32>) -> Result<(), TestCaseError> {
    let f = |x: &Array, flags: &Array| loss(ops, x, flags);
    let xs = Array::from_vec(numbers(27, ops.len()), [3, 3, 3]);
    let flags = Array::from_vec(flags, [3, 4]);
    let (x, own) = (xs.index(0), flags.index(0));
    compiled(f, &x, &own)?;
    batched(f, &xs, &flags)?;
    let direction = Array::from_vec(numbers(9, 5), [3, 3]);
    let push = |x: &Array, flags: &Array| {
        jvp(|x: &Array| f(x, flags), (x.clone(),), (direction.clone(),)).1
    };
    let forward = compiled(push, &x, &own)?.item::<f64>();
    let slope = difference(ops, &x, &own, &direction);
    prop_assert!(
        near(&[forward], &[slope], 1e-6),
        "jvp {forward}, difference {slope}"
    );
    batched(push, &xs, &flags)?;
    if ops.iter().any(Op::is_forward_only) {
        return Ok(());
    }
    let pull = |x: &Array, flags: &Array| grad(|x: &Array| f(x, flags))(x);
    let reverse = (compiled(pull, &x, &own)? * &direction)
        .sum(..)
        .item::<f64>();
    prop_assert!(
        near(&[reverse], &[forward], 1e-11),
        "grad {reverse}, jvp {forward}"
    );
    batched(pull, &xs, &flags)
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 64,
        rng_seed: proptest::test_runner::RngSeed::Fixed(0),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn nested_branches_and_loops_agree_in_every_transformation(
        ops in prop::collection::vec(op(), 1..4),
        flags in prop::collection::vec(-1..4i32, 12),
    ) {
        with_x64(|| check(&ops, flags.clone()))?;
    }

    #[test]
    fn nested_loops_over_many_elements_give_the_bits_of_their_equations(
        ops in prop::collection::vec(op(), 1..3),
        flags in prop::collection::vec(0..4i32, 4),
    ) {
        with_x64(|| {
            let (n, flags) = (30_000, Array::from_vec(flags.clone(), 4));
            let x = Array::from_vec(numbers(3 * n, ops.len()), [3, n]);
            compiled(|x: &Array, flags: &Array| loss(&ops, x, flags), &x, &flags)?;
            if !ops.iter().any(Op::is_forward_only) {
                let pull = |x: &Array, flags: &Array| grad(|x: &Array| loss(&ops, x, flags))(x);
                compiled(pull, &x, &flags)?;
            }
            Ok::<(), TestCaseError>(())
        })?;
    }
}

#[test]
fn an_array_in_one_branch_and_a_number_in_the_other_are_an_array() {
    let f = |x: &Array| {
        let whole = |x: &Array| x.astype(DType::I32);
        let y = cond(x.greater(0), whole, |_| Array::from(7), x);
        &y + Array::from_vec(vec![1u32], ())
    };
    let expected = (Array::zeros((), DType::I32) + Array::from_vec(vec![1u32], ())).dtype();
    for x in [
        Array::from_vec(vec![2f32], ()),
        Array::from_vec(vec![-2f32], ()),
    ] {
        assert_eq!((f(&x).dtype(), jit(f)(&x).dtype()), (expected, expected));
    }
    // No step is taken: the start is what comes out, and as strong.
    let g = |x: &Array| while_loop(|x: &Array| x.less(0), |_| Array::from(7.0), x.clone());
    let x = Array::from_vec(vec![2f32], ());
    assert!(!g(&x).is_weak() && !jit(g)(&x).is_weak());
}

/// Loops and a branch whose kernels are large enough to be cut into parts: products, elements, a
/// condition that reads all of a carry.
fn large(x: &Array, w: &Array, wide: &Array) -> Vec<Array> {
    let product = |c: &Array| (c.matmul(w) * 0.05).tanh();
    let multiplied = fori_loop(0, 4, |i, c: Array| product(&c) + i * 0.1, x.clone());
    let (carry, rows) = scan(
        |c: Array, row: Array| {
            let c = c * 0.5 + row.sin();
            (c.clone(), &c * &c)
        },
        wide.index(0),
        wide,
    );
    let grown = while_loop(
        |c: &Array| c.abs().max(..).less(40),
        |c: Array| c * 1.5 + 0.1,
        wide.index(1),
    );
    let nested = fori_loop(
        0,
        3,
        |i, c: Array| {
            let inner = fori_loop(0, 2, |_, c: Array| product(&c), c);
            cond((i % 2).equal(0), |c: &Array| product(c), |c| c.t(), &inner)
        },
        x.clone(),
    );
    vec![multiplied, carry, rows.sum(1), grown.sum(..), grown, nested]
}

#[test]
fn large_kernels_in_loops_are_the_same_on_any_number_of_threads_and_for_many_callers() {
    let floats =
        |n: usize, salt| -> Vec<f32> { numbers(n, salt).into_iter().map(|x| x as f32).collect() };
    let matrix = |salt| Array::from_vec(floats(256 * 256, salt), [256, 256]);
    let (x, w) = (matrix(1), matrix(2));
    let wide = Array::from_vec(floats(3 << 20, 3), [3, 1 << 20]);
    let bits_of = |arrays: &[Array]| -> Vec<Vec<u32>> {
        let bits = |a: &Array| a.as_slice::<f32>().iter().map(|v| v.to_bits()).collect();
        arrays.iter().map(bits).collect()
    };
    let plain = bits_of(&large(&x, &w, &wide));
    let compiled = jit(large);
    for threads in [1, 2, 3] {
        set_threads(threads);
        let found = bits_of(&compiled(&x, &w, &wide));
        assert!(found == plain, "{threads} threads");
    }
    let explained = compiled.explain(|f| f(&x, &w, &wide));
    assert!(!explained.kernels.is_empty());
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                for _ in 0..3 {
                    assert!(
                        bits_of(&compiled(&x, &w, &wide)) == plain,
                        "several callers"
                    );
                }
            });
        }
    });
}

/// Loops inside of loops: each level asks its step what it does several times over, so that without
/// keeping the answers the work would grow by a factor with each level, to hours here.
#[test]
fn loops_in_loops_are_traced_a_few_times_each() {
    fn nested(depth: usize, carry: (Array, Array, Array), x: &Array) -> (Array, Array, Array) {
        let step = |(a, b, c): (Array, Array, Array)| (b, c, (a + x).sin());
        match depth {
            0 => step(carry),
            _ => fori_loop(0, 2, |_, carry| step(nested(depth - 1, carry, x)), carry),
        }
    }
    let loss = |depth: usize| {
        move |x: &Array| {
            let zero = || Array::zeros((), DType::F32);
            nested(depth, (zero(), zero(), zero()), x).2
        }
    };
    let deep = move || {
        let program = jit(vmap(grad(loss(12))));
        program.lower(|f| f(&Array::ones(3, DType::F32)));
    };
    // Thirteen levels of rules within rules take more than a test's thread has.
    let thread = thread::Builder::new().stack_size(256 << 20).spawn(deep);
    thread.unwrap().join().unwrap();
    let shallow = vmap(grad(loss(2)))(&array([0.0, 0.5, 1.0]));
    let compiled = jit(vmap(grad(loss(2))))(&array([0.0, 0.5, 1.0]));
    assert_eq!(shallow.to_vec::<f32>(), compiled.to_vec::<f32>());
}
