//! Functions whose intermediate values are computed again: the same bits, and what is kept.

use graxe_core::ops::{Policy, Primitive};
use graxe_core::{
    Arg0, Arg1, Array, Atom, Csr, Pattern, Type, checkpoint, checkpoint_with, cond, grad, grad_at,
    hessian, jit, jvp, make_program, scan, sparse, value_and_grad, vmap,
};

use super::numbers::{bits, doubles};

const POLICIES: [Policy; 3] = [
    Policy::NothingSaveable,
    Policy::DotsSaveable,
    Policy::EverythingSaveable,
];

fn layers(x: &Array, w: &Array) -> Array {
    let h = x.matmul(w).tanh();
    let h = (h.matmul(w).sin() * h.exp()).matmul(w);
    h.square().sum(..)
}

#[test]
fn derivatives_have_the_same_bits_with_and_without() {
    let (x, w) = (doubles([2, 3], 0), doubles([3, 3], 1) * 0.5);
    let plain = grad_at(layers, (Arg0, Arg1))(&x, &w);
    let (_, push) = jvp(layers, (x.clone(), w.clone()), (x.clone(), w.clone()));
    let batch = doubles([4, 2, 3], 2);
    let each = vmap(|x: &Array| grad_at(layers, Arg1)(x, &w))(&batch);
    let second = hessian(|x: &Array| layers(x, &w))(&x);
    for policy in POLICIES {
        let f = checkpoint_with(layers, policy);
        let f = |x: &Array, w: &Array| f(x, w);
        assert_eq!(bits(&f(&x, &w)), bits(&layers(&x, &w)));
        assert_eq!(
            bits(&grad_at(f, (Arg0, Arg1))(&x, &w)),
            bits(&plain),
            "{policy:?}"
        );
        assert_eq!(
            bits(&jit(grad_at(f, (Arg0, Arg1)))(&x, &w)),
            bits(&plain),
            "{policy:?}"
        );
        let along = jvp(f, (x.clone(), w.clone()), (x.clone(), w.clone())).1;
        assert_eq!(bits(&along), bits(&push));
        let batched = vmap(|x: &Array| grad_at(f, Arg1)(x, &w));
        assert_eq!(bits(&batched(&batch)), bits(&each));
        assert_eq!(bits(&jit(batched)(&batch)), bits(&each));
        assert_eq!(bits(&hessian(|x: &Array| f(x, &w))(&x)), bits(&second));
    }
}

#[test]
fn it_nests_in_loops_branches_and_itself() {
    let (c, xs) = (doubles([3], 0), doubles([4, 3], 1));
    let body = |c: &Array, x: &Array| (c * x).sin().exp() - x.cos();
    let run = |body: &(dyn Fn(&Array, &Array) -> Array + Send + Sync), c: &Array, xs: &Array| {
        let step = |c: Array, x: Array| {
            let chosen = cond(x.sum(..).less(0.1), |c| body(c, &x), Array::tanh, &c);
            (chosen.clone(), chosen)
        };
        let (c, ys) = scan(step, c.clone(), xs);
        (c * ys.sum(0)).sum(..)
    };
    let plain = |c: &Array, xs: &Array| run(&body, c, xs);
    let wanted = bits(&grad_at(plain, (Arg0, Arg1))(&c, &xs));
    let again = checkpoint(body);
    let inner = |c: &Array, xs: &Array| run(&|c, x| again(c, x), c, xs);
    assert_eq!(bits(&grad_at(inner, (Arg0, Arg1))(&c, &xs)), wanted);
    let outer = checkpoint(inner);
    let outer = |c: &Array, xs: &Array| outer(c, xs);
    assert_eq!(bits(&grad_at(outer, (Arg0, Arg1))(&c, &xs)), wanted);
    assert_eq!(bits(&jit(grad_at(outer, (Arg0, Arg1)))(&c, &xs)), wanted);
}

/// Rows of a square pattern with two entries each.
fn ring(n: u32) -> Pattern {
    let row_ptr = (0..=n).map(|r| 2 * r).collect();
    let col = (0..n).flat_map(|r| [r, (r + 1) % n]).collect();
    Pattern::new(n as usize, row_ptr, col).unwrap_or_else(|e| panic!("{e}"))
}

#[test]
fn patterns_pass_through() {
    let (p, v, x) = (ring(5), doubles([10], 0), doubles([5, 2], 1));
    let convolve = |p: &Pattern, v: &Array, x: &Array| {
        let a = Csr::new(p.clone(), v.exp());
        sparse::spmm(&a, &sparse::spmm(&a, x).tanh())
            .square()
            .sum(..)
    };
    let wanted = bits(&grad_at(convolve, (Arg1,))(&p, &v, &x));
    for policy in POLICIES {
        let again = checkpoint_with(convolve, policy);
        let found = jit(grad_at(
            move |p: &Pattern, v: &Array, x: &Array| again(p, v, x),
            (Arg1,),
        ));
        assert_eq!(bits(&found(&p, &v, &x)), wanted);
    }
}

/// The sizes of the arrays that the derivative of `f` keeps beside the arguments: those that the first
/// equation that holds a program, the forward half, computes beside the result.
fn kept(f: impl Fn(&Array, &Array) -> Array + Send + Sync, x: &Array, w: &Array) -> Vec<usize> {
    let program = make_program(value_and_grad(f))(x, w);
    let forward = program.equations.iter().find_map(|e| match &e.primitive {
        Primitive::Call(call) => Some(&call.program),
        _ => None,
    });
    let forward = forward.unwrap_or_else(|| panic!("no forward half:\n{program}"));
    let given = |atom: &Atom| atom.var().is_some_and(|v| forward.inputs.contains(&v));
    let kept = forward.outputs[1..].iter().filter(|atom| !given(atom));
    kept.map(|atom| match forward.atom_type(atom) {
        Type::Array(a) => a.shape.size(),
        Type::Pattern(_) => 0,
    })
    .collect()
}

#[test]
fn the_policy_says_what_is_kept() {
    let (x, w) = (doubles([2, 3], 0), doubles([3, 3], 1));
    let with = |policy| {
        let f = checkpoint_with(layers, policy);
        kept(move |x: &Array, w: &Array| f(x, w), &x, &w)
    };
    assert_eq!(with(Policy::NothingSaveable), [0; 0]);
    assert_eq!(with(Policy::DotsSaveable), [6; 3]);
    assert!(with(Policy::EverythingSaveable).len() > 3);
}

#[test]
fn compiled_it_holds_less_at_a_time() {
    // A chain of elementwise blocks, each of whose values the derivative would keep.
    let block = |x: &Array| (0..8).fold(x.clone(), |x, _| x.sin().matmul(&doubles([8, 8], 3)));
    let x = doubles([512, 8], 0);
    let bytes = |f: &(dyn Fn(&Array) -> Array + Send + Sync)| {
        let blocks = |x: &Array| f(&f(&f(&f(x)))).sum(..);
        let g = jit(grad(blocks));
        (g.explain(|g| g(&x)).arena_bytes, bits(&g(&x)))
    };
    let (plain, wanted) = bytes(&block);
    let again = checkpoint(block);
    let (less, found) = bytes(&|x| again(x));
    assert_eq!(found, wanted);
    assert!(2 * less < plain, "{less} bytes, {plain} without");
}
