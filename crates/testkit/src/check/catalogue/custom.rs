//! Cases of functions whose derivatives their authors wrote: the true ones, with which differences agree.

use std::sync::Arc;

use graxe_core::ops::{CustomJvp, CustomVjp, Primitive};
use graxe_core::{
    Array, Csr, DType, Pattern, Program, custom_jvp, custom_vjp, make_program, sparse,
};

use super::Case;
use super::control::square_pattern;
use super::operands::{doubles, sample, values};

/// The program of a function of several arrays.
fn program(f: impl Fn(&[Array]) -> Vec<Array> + Send + Sync, at: &[&Array]) -> Arc<Program> {
    let at: Vec<Array> = at.iter().map(|x| (*x).clone()).collect();
    Arc::new(make_program(|x: &Vec<Array>| f(x))(&at))
}

fn pushing(program: Arc<Program>, rule: Arc<Program>, captures: usize) -> Primitive {
    CustomJvp {
        program,
        rule,
        captures,
    }
    .into()
}

/// `log(1 + exp x)`.
fn soft(x: &Array) -> Array {
    x.exp().log1p()
}

/// Its slope.
fn soft_slope(x: &Array) -> Array {
    1 - 1 / (1 + x.exp())
}

/// `sin(x) y` and `Σ y²`.
fn two(x: &[Array]) -> Vec<Array> {
    vec![x[0].sin() * &x[1], x[1].square().sum(..)]
}

/// `s sin(n x)` of a number that is held, s, an integer that is held, n, and x.
fn scaled(x: &[Array]) -> Vec<Array> {
    vec![(&x[1] * &x[2]).sin() * &x[0]]
}

fn scaled_slope(x: &[Array]) -> Array {
    (&x[1] * &x[2]).cos() * &x[0] * &x[1]
}

/// `x n`, and integers of x and of n.
fn counted(x: &[Array]) -> Vec<Array> {
    vec![&x[0] * &x[1], &x[1] + 1, x[0].floor().astype(DType::I32)]
}

fn product(p: &Pattern, v: &Array, x: &Array) -> Array {
    sparse::spmm(&Csr::new(p.clone(), v.clone()), x)
}

pub(super) fn forward() -> Vec<Case> {
    let mut cases = Vec::new();
    for (dtype, shape) in [
        (DType::F64, &[3][..]),
        (DType::F32, &[3]),
        (DType::F64, &[]),
        (DType::F64, &[0]),
    ] {
        let x = sample(dtype, shape, 0);
        let rule = |x: &[Array]| vec![soft(&x[0]), soft_slope(&x[0]) * &x[1]];
        let plain = program(|x| vec![soft(&x[0])], &[&x]);
        cases.push((
            pushing(plain, program(rule, &[&x, &x]), 0),
            values([x.clone()]),
        ));
    }
    let (x, y) = (doubles(&[3], 0), doubles(&[3], 1));
    let rule = |x: &[Array]| {
        let first = x[0].cos() * &x[1] * &x[2] + x[0].sin() * &x[3];
        let mut all = two(x);
        all.extend([first, (2 * &x[1] * &x[3]).sum(..)]);
        all
    };
    let primitive = pushing(program(two, &[&x, &y]), program(rule, &[&x, &y, &x, &y]), 0);
    cases.push((primitive, values([x.clone(), y.clone()])));
    // A tangent that depends on what its result does not.
    let rule = |x: &[Array]| vec![x[1].sin(), x[1].cos() * &x[3] + 0.0 * &x[0] * &x[2]];
    let plain = program(|x| vec![x[1].sin()], &[&x, &y]);
    let primitive = pushing(plain, program(rule, &[&x, &y, &x, &y]), 0);
    cases.push((primitive, values([x.clone(), y.clone()])));
    // Captures.
    let (s, n) = (doubles(&[], 1), sample(DType::I32, &[3], 0));
    let rule = |x: &[Array]| [scaled(x), vec![scaled_slope(x) * &x[3]]].concat();
    let primitive = pushing(
        program(scaled, &[&s, &n, &x]),
        program(rule, &[&s, &n, &x, &x]),
        2,
    );
    cases.push((primitive, values([s, n.clone(), x.clone()])));
    // Integers among arguments and results.
    let rule = |x: &[Array]| [counted(x), vec![&x[1] * &x[2]]].concat();
    let primitive = pushing(program(counted, &[&x, &n]), program(rule, &[&x, &n, &x]), 0);
    cases.push((primitive, values([x.clone(), n])));
    // A pattern, as an argument and held.
    let (p, v, x2) = (square_pattern(), doubles(&[3], 0), doubles(&[3, 2], 1));
    let rule = |p: &Pattern, v: &Array, x: &Array, moving: &(Array, Array)| {
        let moved = product(p, &moving.0, x) + product(p, v, &moving.1);
        (product(p, v, x), moved)
    };
    let plain = Arc::new(make_program(product)(&p, &v, &x2));
    let rule = make_program(rule)(&p, &v, &x2, &(v.clone(), x2.clone()));
    let rule = Arc::new(rule);
    for captures in [0, 1] {
        let operands = vec![(&p).into(), (&v).into(), (&x2).into()];
        let primitive = pushing(plain.clone(), rule.clone(), captures);
        cases.push((primitive, operands));
    }
    // One that calls another.
    let inner = custom_jvp(soft, |(x,), (t,)| (soft(&x), soft_slope(&x) * t));
    let outer = |x: &[Array]| vec![inner(&x[0]).sin()];
    let rule = |x: &[Array]| {
        let y = inner(&x[0]);
        vec![y.sin(), y.cos() * soft_slope(&x[0]) * &x[1]]
    };
    let primitive = pushing(program(outer, &[&x]), program(rule, &[&x, &x]), 0);
    cases.push((primitive, values([x])));
    cases
}

fn pulling(programs: [Arc<Program>; 3], captures: usize) -> Primitive {
    let [program, forward, backward] = programs;
    CustomVjp {
        program,
        forward,
        backward,
        captures,
    }
    .into()
}

pub(super) fn backward() -> Vec<Case> {
    let mut cases = Vec::new();
    for (dtype, shape) in [
        (DType::F64, &[3][..]),
        (DType::F32, &[3]),
        (DType::F64, &[]),
        (DType::F64, &[0]),
    ] {
        let x = sample(dtype, shape, 0);
        let programs = [
            program(|x| vec![soft(&x[0])], &[&x]),
            program(|x| vec![soft(&x[0]), soft_slope(&x[0])], &[&x]),
            program(|x| vec![&x[0] * &x[1]], &[&x, &x]),
        ];
        cases.push((pulling(programs, 0), values([x])));
    }
    let (x, y, one) = (doubles(&[3], 0), doubles(&[3], 1), doubles(&[], 0));
    let ahead = |x: &[Array]| [two(x), vec![x[0].clone(), x[1].clone()]].concat();
    let back = |x: &[Array]| {
        let dx = x[0].cos() * &x[1] * &x[2];
        vec![dx, x[0].sin() * &x[2] + 2 * &x[1] * &x[3]]
    };
    let programs = [
        program(two, &[&x, &y]),
        program(ahead, &[&x, &y]),
        program(back, &[&x, &y, &x, &one]),
    ];
    cases.push((pulling(programs, 0), values([x.clone(), y.clone()])));
    // Captures.
    let (s, n) = (doubles(&[], 1), sample(DType::I32, &[3], 0));
    let ahead = |x: &[Array]| [scaled(x), vec![x[2].clone()]].concat();
    let programs = [
        program(scaled, &[&s, &n, &x]),
        program(ahead, &[&s, &n, &x]),
        program(|x| vec![scaled_slope(x) * &x[3]], &[&s, &n, &x, &x]),
    ];
    let operands = values([s, n.clone(), x.clone()]);
    cases.push((pulling(programs, 2), operands));
    // Integers among arguments, residuals and results.
    let ahead = |x: &[Array]| [counted(x), vec![x[1].clone()]].concat();
    let programs = [
        program(counted, &[&x, &n]),
        program(ahead, &[&x, &n]),
        program(|x| vec![&x[0] * &x[1]], &[&n, &x]),
    ];
    cases.push((pulling(programs, 0), values([x.clone(), n])));
    // No residuals: it is linear.
    let programs = [
        program(|x| vec![2 * &x[0] - &x[1]], &[&x, &y]),
        program(|x| vec![2 * &x[0] - &x[1]], &[&x, &y]),
        program(|c| vec![2 * &c[0], -&c[0]], &[&x]),
    ];
    cases.push((pulling(programs, 0), values([x.clone(), y])));
    // A pattern, as an argument and held.
    let (p, v, x2) = (square_pattern(), doubles(&[3], 0), doubles(&[3, 2], 1));
    let ahead =
        |p: &Pattern, v: &Array, x: &Array| (product(p, v, x), p.clone(), (v.clone(), x.clone()));
    let back = |p: &Pattern, v: &Array, x: &Array, c: &Array| {
        let dx = Csr::new(p.clone(), v.clone()).transpose_matmul(c);
        (sparse::sddmm(p, c, x), dx)
    };
    let plain = Arc::new(make_program(product)(&p, &v, &x2));
    let operands = || vec![(&p).into(), (&v).into(), (&x2).into()];
    let backward = Arc::new(make_program(back)(&p, &v, &x2, &x2));
    let forward = Arc::new(make_program(ahead)(&p, &v, &x2));
    let programs = [plain.clone(), forward, backward.clone()];
    cases.push((pulling(programs, 0), operands()));
    let held = |p: &Pattern, v: &Array, x: &Array| (product(p, v, x), v.clone(), x.clone());
    let forward = Arc::new(make_program(held)(&p, &v, &x2));
    cases.push((pulling([plain, forward, backward], 1), operands()));
    // One that calls another.
    let inner = custom_vjp(
        soft,
        |(x,)| (soft(&x), soft_slope(&x)),
        |slope: Array, c: Array| (slope * c,),
    );
    let ahead = |x: &[Array]| {
        let y = inner(&x[0]);
        vec![y.sin(), y.cos() * soft_slope(&x[0])]
    };
    let programs = [
        program(|x| vec![inner(&x[0]).sin()], &[&x]),
        program(ahead, &[&x]),
        program(|x| vec![&x[0] * &x[1]], &[&x, &x]),
    ];
    cases.push((pulling(programs, 0), values([x])));
    cases
}
