//! Programs before and after the passes.

use expect_test::{Expect, expect};

use crate::array::{Array, Csr, DType, Pattern, scalar};
use crate::compile::optimise;
use crate::ir::Program;
use crate::transform::{Func, grad, make_program};

/// The program of `f` before and after the passes.
fn check(program: &Program, before: Expect, after: Expect) {
    before.assert_eq(&program.to_string());
    let optimised = optimise(program);
    assert_eq!(optimised.verify(), Ok(()));
    after.assert_eq(&optimised.to_string());
}

fn of<'f, Args, F>(f: F, x: &Array) -> Program
where
    F: Func<
            'f,
            Args,
            First = Array,
            Returning<Program> = dyn Fn(&Array) -> Program + Send + Sync + 'f,
        >,
{
    make_program(f)(x)
}

#[test]
fn ones_zeros_and_double_negations_go() {
    check(
        &of(|x: &Array| -(-(1 * x / 1 - 0)) + 0, &scalar(2.0)),
        expect![[r"
            { lambda ; a:f32[]. let
                b:f32[] = mul 1.0:f32[] a
                c:f32[] = div b 1.0:f32[]
                d:f32[] = sub c 0.0:f32[]
                e:f32[] = neg d
                f:f32[] = neg e
                g:f32[] = add f 0.0:f32[]
              in (g,) }"]],
        expect![[r"
            { lambda ; a:f32[]. let
                b:f32[] = add a 0.0:f32[]
              in (b,) }"]],
    );
}

#[test]
fn literals_are_folded_and_broadcasts_sink() {
    let f = |x: &Array| x * Array::full([2, 3], 2.5, DType::F32) + (scalar(1.0) + scalar(2.0));
    check(
        &of(f, &Array::zeros([2, 3], DType::F32)),
        expect![[r"
            { lambda ; a:f32[2,3]. let
                b:f32[2,3] = broadcast_in_dim[broadcast_dimensions=() shape=(2, 3)] 2.5:f32[]
                c:f32[2,3] = mul a b
                d:f32[] = add 1.0:f32[] 2.0:f32[]
                e:f32[2,3] = add c d
              in (e,) }"]],
        expect![[r"
            { lambda ; a:f32[2,3]. let
                b:f32[2,3] = mul a 2.5:f32[]
                c:f32[2,3] = add b 3.0:f32[]
              in (c,) }"]],
    );
}

#[test]
fn powers_of_two_multiply() {
    check(
        &of(|x: &Array| x / 0.5 + x / 3 + x / -8, &scalar(2.0)),
        expect![[r"
            { lambda ; a:f32[]. let
                b:f32[] = div a 0.5:f32[]
                c:f32[] = div a 3.0:f32[]
                d:f32[] = add b c
                e:f32[] = div a -8.0:f32[]
                f:f32[] = add d e
              in (f,) }"]],
        expect![[r"
            { lambda ; a:f32[]. let
                b:f32[] = mul a 2.0:f32[]
                c:f32[] = div a 3.0:f32[]
                d:f32[] = add b c
                e:f32[] = mul a -0.125:f32[]
                f:f32[] = add d e
              in (f,) }"]],
    );
}

#[test]
fn movements_compose() {
    let f = |x: &Array| x.t().t().reshape([6]).reshape([3, 2]);
    check(
        &of(f, &Array::zeros([2, 3], DType::F32)),
        expect![[r"
            { lambda ; a:f32[2,3]. let
                b:f32[3,2] = transpose[permutation=(1, 0)] a
                c:f32[2,3] = transpose[permutation=(1, 0)] b
                d:f32[6] = reshape[dimensions=None new_sizes=(6,)] c
                e:f32[3,2] = reshape[dimensions=None new_sizes=(3, 2)] d
              in (e,) }"]],
        expect![[r"
            { lambda ; a:f32[2,3]. let
                b:f32[3,2] = reshape[dimensions=None new_sizes=(3, 2)] a
              in (b,) }"]],
    );
}

#[test]
fn transposes_go_into_products() {
    let f = |x: &Array| x.t().matmul(x);
    check(
        &of(f, &Array::zeros([4, 3], DType::F32)),
        expect![[r"
            { lambda ; a:f32[4,3]. let
                b:f32[3,4] = transpose[permutation=(1, 0)] a
                c:f32[3,3] = dot_general[dimension_numbers=(([1], [0]), ([], []))] b a
              in (c,) }"]],
        expect![[r"
            { lambda ; a:f32[4,3]. let
                b:f32[3,3] = dot_general[dimension_numbers=(([0], [0]), ([], []))] a a
              in (b,) }"]],
    );
}

#[test]
fn what_is_known_goes_through_a_sparse_product_once() {
    let pattern = Pattern::new(2, vec![0, 1, 2], vec![1, 0]).unwrap_or_else(|e| panic!("{e}"));
    let a = Csr::new(pattern, Array::zeros(2, DType::F32));
    let x = Array::zeros([2, 3], DType::F32);
    let f = move |w: &Array| a.matmul(&x.matmul(w)).square().sum(..);
    let optimised = optimise(&make_program(grad(f))(&Array::zeros([3, 2], DType::F32)));
    expect![[r"
        { lambda a:f32[2,3] b:csr[2,2;2] c:f32[2]; d:f32[3,2]. let
            e:f32[2,3] = spmm[transposed=false] b c a
            f:f32[2,2] = dot_general[dimension_numbers=(([1], [0]), ([], []))] e d
            g:f32[2,2] = mul 2.0:f32[] f
            h:f32[3,2] = dot_general[dimension_numbers=(([0], [0]), ([], []))] e g
          in (h,) }"]]
    .assert_eq(&optimised.to_string());
}

#[test]
fn sparse_products_carry_the_fewer_features() {
    let pattern = Pattern::new(2, vec![0, 1, 2], vec![1, 0]).unwrap_or_else(|e| panic!("{e}"));
    let a = Csr::new(pattern, Array::zeros(2, DType::F32));
    let w = Array::zeros([8, 3], DType::F32);
    let f = move |x: &Array| a.matmul(x).matmul(&w);
    check(
        &of(f, &Array::zeros([2, 8], DType::F32)),
        expect![[r"
            { lambda a:csr[2,2;2] b:f32[2] c:f32[8,3]; d:f32[2,8]. let
                e:f32[2,8] = spmm[transposed=false] a b d
                f:f32[2,3] = dot_general[dimension_numbers=(([1], [0]), ([], []))] e c
              in (f,) }"]],
        expect![[r"
            { lambda a:csr[2,2;2] b:f32[2] c:f32[8,3]; d:f32[2,8]. let
                e:f32[2,3] = dot_general[dimension_numbers=(([1], [0]), ([], []))] d c
                f:f32[2,3] = spmm[transposed=false] a b e
              in (f,) }"]],
    );
}
