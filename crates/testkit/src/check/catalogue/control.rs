//! Cases of the families that hold programs.

use std::sync::Arc;

use graxe_core::ops::{Call, Cond, Primitive, Scan, While};
use graxe_core::{
    Array, Csr, DType, Pattern, Program, Value, custom_jvp, fori_loop, jit, make_program, scan,
    sparse,
};

use super::Case;
use super::operands::{doubles, sample, values};

fn calling(program: Program) -> Primitive {
    Call {
        program: Arc::new(program),
    }
    .into()
}

/// Three rows and three columns; one row is empty.
pub(super) fn square_pattern() -> Pattern {
    match Pattern::new(3, vec![0, 2, 2, 3], vec![2, 0, 1]) {
        Ok(pattern) => pattern,
        Err(e) => unreachable!("the pattern is well formed: {e}"),
    }
}

/// `sin(A x)`, where A has the exponentials of `v`.
pub(super) fn product(p: &Pattern, v: &Array, x: &Array) -> Array {
    sparse::spmm(&Csr::new(p.clone(), v.exp()), x).sin()
}

pub(super) fn call() -> Vec<Case> {
    let mut cases = Vec::new();
    let (x, y) = (doubles(&[3], 0), doubles(&[3], 1));
    let sine = |x: &Array, y: &Array| (x * y).sin() + x;
    for dtype in [DType::F64, DType::F32] {
        let (x, y) = (sample(dtype, &[3], 0), sample(dtype, &[3], 1));
        cases.push((calling(make_program(sine)(&x, &y)), values([x, y])));
    }
    // A function jitted inside another, twice.
    let inner = jit(sine);
    let nested = jit(move |x: &Array, y: &Array| inner(&x.exp(), y) * inner(y, x));
    let outer = |x: &Array, y: &Array| nested(x, y).sum(..) * x;
    let program = make_program(outer)(&x, &y);
    cases.push((calling(program), values([x.clone(), y.clone()])));
    // Results that depend on some operands, on none, or are an operand; an integer beside.
    let several = |x: &Array, y: &Array, n: &Array| {
        let constant = Array::ones([2], DType::F64);
        (x.square(), y * n, constant, n + 1, y.clone())
    };
    let n = sample(DType::I32, &[3], 0);
    let program = make_program(several)(&x, &y, &n);
    cases.push((calling(program), values([x.clone(), y.clone(), n])));
    // Digits lost on the way, as the first result shows.
    let narrow = |x: &Array| {
        let y = x.astype(DType::F32).sin();
        (y.clone(), y.astype(DType::F64) * 2)
    };
    cases.push((calling(make_program(narrow)(&x)), values([x.clone()])));
    // A pattern among the operands.
    let (p, v, x2) = (square_pattern(), doubles(&[3], 0), doubles(&[3, 2], 1));
    let program = make_program(product)(&p, &v, &x2);
    cases.push((calling(program), vec![p.into(), v.into(), x2.into()]));
    // Nothing to do.
    cases.push((
        calling(make_program(|x: &Array| x.clone())(&x)),
        values([x]),
    ));
    let empty = doubles(&[0], 0);
    let program = make_program(|x: &Array| x.sin())(&empty);
    cases.push((calling(program), values([empty])));
    cases
}

/// `sin(a b)` and `cos b`. A call with its own rule is one operation, not cut in two by what is known, though
/// the second result depends on `b` alone.
fn whole(a: &Array, b: &Array) -> (Array, Array) {
    let call = custom_jvp(
        |a: &Array, b: &Array| ((a * b).sin(), b.cos()),
        |(a, b): (Array, Array), (s, t): (Array, Array)| {
            let results = ((&a * &b).sin(), b.cos());
            let first = (&a * &b).cos() * (s * &b + &a * &t);
            (results, (first, -b.sin() * t))
        },
    );
    call(a, b)
}

fn integer(n: i32) -> Array {
    Array::from_vec(vec![n], ())
}

fn choosing<const N: usize>(branches: [Program; N]) -> Primitive {
    let branches = branches.into_iter().map(Arc::new).collect();
    Cond { branches }.into()
}

pub(super) fn cond() -> Vec<Case> {
    let mut cases = Vec::new();
    let (x, y) = (doubles(&[3], 0), doubles(&[3], 1));
    // Branches whose results depend on other operands, or on none.
    let sines = make_program(|x: &Array, y: &Array| (x.sin(), (y * 2).sum(..)))(&x, &y);
    let products = make_program(|x: &Array, y: &Array| (x * y, x.exp().sum(..)))(&x, &y);
    let constant = |_: &Array, y: &Array| (Array::ones(3, DType::F64), y.square().sum(..));
    let constant = make_program(constant)(&x, &y);
    for i in [0, 1] {
        let primitive = choosing([sines.clone(), products.clone()]);
        cases.push((primitive, values([integer(i), x.clone(), y.clone()])));
    }
    for i in [-3, 0, 1, 2, 9] {
        let primitive = choosing([sines.clone(), products.clone(), constant.clone()]);
        cases.push((primitive, values([integer(i), x.clone(), y.clone()])));
    }
    // Each branch reads other operands, of which several pass to its derivative, or results of them do.
    let four = [0, 1, 2, 3].map(|k| doubles(&[3], k));
    let [a, b, d, e] = &four;
    let ends = |a: &Array, _: &Array, _: &Array, e: &Array| (a * e, a.sin() * e.exp());
    let middle = |_: &Array, b: &Array, d: &Array, _: &Array| (b * d, (d * b).exp() * d);
    let last = |_: &Array, _: &Array, _: &Array, e: &Array| (e.sin(), e.cos());
    let apart = choosing([
        make_program(last)(a, b, d, e),
        make_program(ends)(a, b, d, e),
        make_program(middle)(a, b, d, e),
    ]);
    for i in [0, 1, 2] {
        let operands = [vec![integer(i)], four.to_vec()].concat();
        cases.push((
            apart.clone(),
            operands.into_iter().map(Value::from).collect(),
        ));
    }
    // Dtypes side by side; an operand that is a result.
    let (f, n) = (sample(DType::F32, &[2], 0), sample(DType::I32, &[3], 0));
    let first = |x: &Array, f: &Array, n: &Array| (x * n, f.sin(), n + 1);
    let second = |x: &Array, f: &Array, n: &Array| (x.clone(), f * f, n.clone());
    let mixed = choosing([
        make_program(first)(&x, &f, &n),
        make_program(second)(&x, &f, &n),
    ]);
    for i in [0, 1] {
        let operands = values([integer(i), x.clone(), f.clone(), n.clone()]);
        cases.push((mixed.clone(), operands));
    }
    let counted = choosing([
        make_program(|x: &Array, n: &Array| (x * n, n * 2))(&x, &n),
        make_program(|x: &Array, n: &Array| (x.cos(), n.clone()))(&x, &n),
    ]);
    cases.push((counted, values([integer(0), x.clone(), n])));
    // A pattern among the operands.
    let (p, v, x2) = (square_pattern(), doubles(&[3], 0), doubles(&[3, 2], 1));
    let back = |p: &Pattern, v: &Array, x: &Array| Csr::new(p.clone(), v.sin()).transpose_matmul(x);
    let sparse = choosing([
        make_program(product)(&p, &v, &x2),
        make_program(back)(&p, &v, &x2),
    ]);
    for i in [0, 1] {
        let operands = vec![integer(i).into(), (&p).into(), (&v).into(), (&x2).into()];
        cases.push((sparse.clone(), operands));
    }
    // A branch in a branch, and a loop in the other.
    let inner = |x: &Array, y: &Array| {
        graxe_core::cond(x.sum(..).greater(0.1), |y: &Array| y.sin(), |y| y * x, y)
    };
    let looped = |x: &Array, y: &Array| fori_loop(0, 3, |i, c: Array| (c * x).sin() + i, y.clone());
    let nested = choosing([make_program(inner)(&x, &y), make_program(looped)(&x, &y)]);
    for i in [0, 1] {
        cases.push((nested.clone(), values([integer(i), x.clone(), y.clone()])));
    }
    // A weak number in one branch, an array in the other.
    let narrow = sample(DType::F32, &[3], 0);
    let weak = choosing([
        make_program(|_: &Array| Array::from(0.5))(&narrow),
        make_program(|x: &Array| x.sum(..))(&narrow),
    ]);
    for i in [0, 1] {
        cases.push((weak.clone(), values([integer(i), narrow.clone()])));
    }
    // A slope that is infinite at the operand in the branch that is not taken there.
    let half = Array::full((), 0.5, DType::F64);
    let steep = choosing([
        make_program(|x: &Array| x.square())(&half),
        make_program(|x: &Array| (x - 0.5).sqrt())(&half),
    ]);
    cases.push((steep, values([integer(0), half])));
    // One branch; nothing to choose from but its results.
    let only = choosing([make_program(Array::sin)(&x)]);
    cases.push((only, values([integer(4), x])));
    cases
}

/// A loop over constants of its condition, constants of its body, and a carry.
fn repeating(
    (condition, condition_consts): (Program, usize),
    (body, body_consts): (Program, usize),
) -> Primitive {
    While {
        condition: Arc::new(condition),
        condition_consts,
        body: Arc::new(body),
        body_consts,
    }
    .into()
}

pub(super) fn while_loop() -> Vec<Case> {
    let mut cases = Vec::new();
    let zero = integer(0);
    for dtype in [DType::F64, DType::F32] {
        let x = sample(dtype, &[3], 0);
        let condition = make_program(|i: &Array, _: &Array| i.less(3))(&zero, &x);
        let body = make_program(|i: &Array, x: &Array| (i + 1, (x * 1.3).sin()))(&zero, &x);
        let primitive = repeating((condition, 0), (body, 0));
        cases.push((primitive, values([zero.clone(), x])));
    }
    let (x, w) = (doubles(&[3], 0), doubles(&[3], 1));
    // Constants of both, and an end that depends on the carry.
    let limit = Array::from_vec(vec![20.0], ());
    let below = |limit: &Array, x: &Array| x.square().sum(..).less(limit);
    let condition = make_program(below)(&limit, &x);
    let body = make_program(|w: &Array, x: &Array| x * 1.5 + w * 0.1)(&w, &x);
    let primitive = repeating((condition, 1), (body, 1));
    cases.push((primitive, values([limit, w.clone(), x.clone()])));
    // No turn at all.
    let never = make_program(|x: &Array| x.sum(..).less(-100))(&x);
    let body = make_program(|x: &Array| x * 2)(&x);
    cases.push((repeating((never, 0), (body, 0)), values([x.clone()])));
    // A carry that is an array before a turn and a weak number after it.
    let one = sample(DType::F32, &[], 1);
    let condition = make_program(|i: &Array, _: &Array| i.less(1))(&zero, &one);
    let body = make_program(|i: &Array, _: &Array| (i + 1, Array::from(0.5)))(&zero, &one);
    let primitive = repeating((condition, 0), (body, 0));
    for i in [0, 1] {
        cases.push((primitive.clone(), values([integer(i), one.clone()])));
    }
    // Carries that change places, and a count that is an operand.
    let condition = |n: &Array, i: &Array, _: &Array, _: &Array| i.less(n);
    let condition = make_program(condition)(&zero, &zero, &x, &w);
    let swap = |i: &Array, a: &Array, b: &Array| (i + 1, b.clone(), a * 0.5);
    let body = make_program(swap)(&zero, &x, &w);
    for n in [2, 3] {
        let primitive = repeating((condition.clone(), 1), (body.clone(), 0));
        let operands = values([integer(n), zero.clone(), x.clone(), w.clone()]);
        cases.push((primitive, operands));
    }
    // A carry that moves only after some turns.
    let delayed = |i: &Array, a: &Array, b: &Array| (i + 1, a.sin(), a * b);
    let body = make_program(delayed)(&zero, &x, &w);
    let primitive = repeating((condition, 1), (body, 0));
    cases.push((primitive, values([integer(3), zero.clone(), x.clone(), w])));
    // Carries that move one after another, that are read by others only, and that nothing reads.
    let condition = |n: &Array, i: &Array, _: &Array, _: &Array, _: &Array| i.less(n);
    let condition = make_program(condition)(&zero, &zero, &x, &x, &x);
    let line = |s: &Array, i: &Array, a: &Array, b: &Array, _: &Array| {
        (i + 1, a * s, a.sin(), b.exp() * 0.5)
    };
    let (s, y) = (doubles(&[], 1), doubles(&[3], 2));
    let body = make_program(line)(&s, &zero, &x, &x, &x);
    let operands = [integer(4), s, zero.clone(), x.clone(), y.clone(), x.sin()];
    cases.push((repeating((condition, 1), (body, 1)), values(operands)));
    // The end depends on a carry that a constant of the body moves, and not on one that the condition takes; a
    // carry that stays as it is.
    let below =
        |_: &Array, limit: &Array, _: &Array, x: &Array, _: &Array| x.square().sum(..).less(limit);
    let limit = Array::from_vec(vec![20.0], ());
    let below = make_program(below)(&x, &limit, &zero, &x, &y);
    let body = |w: &Array, i: &Array, x: &Array, y: &Array| (i + 1, x * 1.5 + w * 0.1, y.clone());
    let body = make_program(body)(&x, &zero, &x, &y);
    let operands = values([
        y.clone(),
        limit,
        y.cos(),
        zero.clone(),
        x.clone(),
        y.clone(),
    ]);
    cases.push((repeating((below, 2), (body, 1)), operands));
    // An operation that is not cut in two.
    let condition = |n: &Array, i: &Array, _: &Array, _: &Array| i.less(n);
    let condition = make_program(condition)(&zero, &zero, &x, &x);
    let body = |i: &Array, a: &Array, b: &Array| {
        let (a, b) = whole(a, b);
        (i + 1, a, b)
    };
    let body = make_program(body)(&zero, &x, &x);
    let operands = values([integer(2), zero.clone(), x.clone(), y]);
    cases.push((repeating((condition, 1), (body, 0)), operands));
    // Integers alone.
    let n = integer(7);
    let condition = make_program(|n: &Array| n.greater(1))(&n);
    let body = |n: &Array| {
        let even = (n % 2).equal(0);
        graxe_core::select(&even, n.floor_divide(2), 3 * n + 1)
    };
    let body = make_program(body)(&n);
    cases.push((repeating((condition, 0), (body, 0)), values([n])));
    // A pattern among the constants, and a loop in the loop.
    let (p, v, x2) = (square_pattern(), doubles(&[3], 0), doubles(&[3, 2], 1));
    let condition = make_program(|i: &Array, _: &Array| i.less(3))(&zero, &x2);
    let body = |p: &Pattern, v: &Array, i: &Array, x: &Array| (i + 1, product(p, v, x));
    let body = make_program(body)(&p, &v, &zero, &x2);
    let operands = vec![p.into(), v.into(), (&zero).into(), x2.into()];
    cases.push((repeating((condition, 0), (body, 2)), operands));
    let condition = make_program(|i: &Array, _: &Array| i.less(3))(&zero, &x);
    let body = |i: &Array, x: &Array| {
        let less = |(j, _): &(Array, Array)| j.less(i);
        let step = |(j, x): (Array, Array)| (j + 1, (x * 1.1).sin());
        let (_, x) = graxe_core::while_loop(less, step, (integer(0), x.clone()));
        (i + 1, x)
    };
    let body = make_program(body)(&zero, &x);
    cases.push((repeating((condition, 0), (body, 0)), values([zero, x])));
    cases
}

/// A loop of `length` steps over so many constants and carries.
fn looping(program: Program, [length, consts, carry]: [usize; 3]) -> Scan {
    Scan {
        program: Arc::new(program),
        length,
        consts,
        carry,
        reverse: false,
        unroll: 1,
    }
}

pub(super) fn scan_loop() -> Vec<Case> {
    let mut cases = Vec::new();
    let (w, c, x) = (doubles(&[3], 0), doubles(&[3], 1), doubles(&[3], 2));
    // A constant, a carry, a slice: forwards, backwards, over few steps and none.
    let step = |w: &Array, c: &Array, x: &Array| (c * w + x, c.sin());
    let program = make_program(step)(&w, &c, &x);
    for length in [0, 1, 4] {
        for reverse in [false, true] {
            let forwards = looping(program.clone(), [length, 1, 1]);
            let xs = doubles(&[length, 3], 2);
            let operands = values([w.clone(), c.clone(), xs]);
            cases.push((
                Scan {
                    reverse,
                    ..forwards
                }
                .into(),
                operands,
            ));
        }
    }
    let narrow = [0, 1, 2].map(|k| sample(DType::F32, &[3], k));
    let program = make_program(step)(&narrow[0], &narrow[1], &narrow[2]);
    let [w32, c32, _] = narrow;
    let operands = values([w32, c32, sample(DType::F32, &[4, 3], 2)]);
    cases.push((looping(program, [4, 1, 1]).into(), operands));
    // Carries that change places; what is collected is a carry as it came, and one as it goes.
    let swap = |a: &Array, b: &Array, x: &Array| (b.clone(), a * 0.5, a.clone(), b * x);
    let program = make_program(swap)(&c, &w, &x);
    for length in [3, 4] {
        let operands = values([c.clone(), w.clone(), doubles(&[length, 3], 2)]);
        cases.push((looping(program.clone(), [length, 0, 2]).into(), operands));
    }
    // A counter; several arrays to go along, integers among them; constants collected.
    let zero = integer(0);
    let n = sample(DType::I32, &[4, 2], 0);
    let step = |i: &Array, c: &Array, x: &Array, n: &Array| {
        let next = (c * 0.5 + i) * x;
        (
            i + 1,
            next,
            n + i,
            c.sum(..),
            Array::ones(2, DType::F64),
            n.clone(),
        )
    };
    let program = make_program(step)(&zero, &c, &x, &n.index(0));
    let operands = values([zero.clone(), c.clone(), doubles(&[4, 3], 2), n]);
    cases.push((looping(program, [4, 0, 2]).into(), operands));
    // Carries that move one after another, and one that stays.
    let chain = |a: &Array, b: &Array, d: &Array, e: &Array, x: &Array| {
        let next = (a * 0.5 + x, a * b, b.sin(), e.clone());
        (next, d * e)
    };
    let (a, b, d, e) = (
        doubles(&[], 0),
        doubles(&[], 1),
        doubles(&[], 2),
        doubles(&[], 3),
    );
    let program = make_program(chain)(&a, &b, &d, &e, &a);
    let operands = values([a, b, d, e, doubles(&[3], 2)]);
    cases.push((looping(program, [3, 0, 4]).into(), operands));
    // A carry that is an array before a step and a weak number after it.
    let one = sample(DType::F32, &[], 1);
    let program = make_program(|_: &Array| Array::from(0.5))(&one);
    for length in [0, 2] {
        let primitive = looping(program.clone(), [length, 0, 1]);
        cases.push((primitive.into(), values([one.clone()])));
    }
    // Nothing carried; nothing to go along.
    let program = make_program(|w: &Array, x: &Array| (x * w).exp())(&w, &x);
    let operands = values([w.clone(), doubles(&[4, 3], 1)]);
    cases.push((looping(program, [4, 1, 0]).into(), operands));
    let program = make_program(|w: &Array, c: &Array| (c * w).sin())(&w, &c);
    cases.push((
        looping(program, [3, 1, 1]).into(),
        values([w.clone(), c.clone()]),
    ));
    cases.extend(parted_loops());
    // A loop and a branch in the loop.
    let rows = doubles(&[2, 3], 2);
    let nested = |w: &Array, c: &Array, rows: &Array| {
        let (c, ys) = scan(
            |c: Array, x: Array| ((&c * w + x).sin(), c),
            c.clone(),
            rows,
        );
        let c = graxe_core::cond(c.sum(..).greater(0.2), |c: &Array| c * w, |c| c.sin(), &c);
        (c, ys)
    };
    let program = make_program(nested)(&w, &c, &rows);
    let operands = values([w, c, doubles(&[3, 2, 3], 2)]);
    cases.push((looping(program, [3, 1, 1]).into(), operands));
    // A pattern among the constants.
    let (p, v, x2) = (square_pattern(), doubles(&[3], 0), doubles(&[3, 2], 1));
    let step = |p: &Pattern, v: &Array, c: &Array, x: &Array| {
        let c = product(p, v, c) * x;
        (c.clone(), c.sum(1))
    };
    let program = make_program(step)(&p, &v, &x2, &v.index(0));
    let operands = vec![p.into(), v.into(), x2.into(), doubles(&[3], 2).into()];
    cases.push((looping(program, [3, 2, 1]).into(), operands));
    cases
}

/// Loops of which what is known, used or has a cotangent is a part only.
fn parted_loops() -> Vec<Case> {
    let mut cases = Vec::new();
    let [w, c, x, y] = [0, 1, 2, 3].map(|k| doubles(&[3], k));
    let (xs, ys) = (doubles(&[5, 3], 2), doubles(&[5, 3], 3));
    // Linear in the carry by several constants and slices, which pass as they are to the loop backwards.
    let mixed = |w: &Array, v: &Array, c: &Array, x: &Array, y: &Array| {
        let next = c * x * 0.5 + (c * y).sum(..) * w;
        (next, c * y * v)
    };
    let program = make_program(mixed)(&w, &y, &c, &x, &y);
    let operands = [w.clone(), y.clone(), c.clone(), xs.clone(), ys.clone()];
    for (reverse, unroll) in [(false, 1), (true, 1), (false, 2), (true, 3)] {
        let plain = looping(program.clone(), [5, 2, 1]);
        let primitive = Scan {
            reverse,
            unroll,
            ..plain
        };
        cases.push((primitive.into(), values(operands.clone())));
    }
    // A carry that is linear by one that is not, which comes before it and after it.
    let growing = |k: &Array, c: &Array, j: &Array, x: &Array| {
        let next = c * k + x * j;
        (k * 1.1, next, j * 0.9, c * j)
    };
    let program = make_program(growing)(&w, &c, &y, &x);
    let operands = values([w.clone(), c.clone(), y.clone(), xs.clone()]);
    cases.push((looping(program, [5, 0, 3]).into(), operands));
    // A line in which each passes to the next; the last is not read.
    let line =
        |w: &Array, a: &Array, b: &Array, _: &Array, x: &Array| (x * w, a.sin(), b * a, b.exp());
    let program = make_program(line)(&w, &c, &y, &w, &x);
    let operands = values([w.clone(), c.clone(), y.clone(), x.clone(), xs.clone()]);
    cases.push((looping(program, [5, 1, 3]).into(), operands));
    // An operation that is not cut in two.
    let program = make_program(whole)(&c, &y);
    let operands = values([c.clone(), y.clone()]);
    cases.push((looping(program, [3, 0, 2]).into(), operands));
    // Results that each read other operands; a slice that none reads.
    let apart = |w: &Array, v: &Array, c: &Array, x: &Array, y: &Array, _: &Array| {
        (c * 0.5, x * w, y.sin(), v * 2, c.exp())
    };
    let program = make_program(apart)(&w, &y, &c, &x, &y, &x);
    let operands = values([w, y, c, xs.clone(), ys, xs]);
    cases.push((looping(program, [5, 2, 1]).into(), operands));
    cases
}
