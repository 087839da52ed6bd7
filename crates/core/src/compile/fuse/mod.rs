//! Cuts a program into kernels: equations that walk the same rows run as one region.

mod again;
mod build;
mod groups;
mod merge;
mod part;
mod sweep;

pub(crate) use merge::merge;
pub(crate) use part::{BLOCK, rows_to_a_block};
pub(super) use part::{OverAll, Result, Role, part};

use super::region::Kernel;
use crate::ir::Program;
use groups::Groups;
use sweep::Turned;

/// The program that is cut, and its kernels in an order in which they can run.
pub(crate) fn fuse(program: &Program) -> (Program, Vec<Kernel>) {
    // What is said again for a reader may itself read a repetition.
    let program = again::sink(&again::recompute(&again::sink(program)));
    let (program, turned) = sweep::again_in_each(&program);
    let kernels = cut(&program, &turned);
    (program, kernels)
}

fn cut(program: &Program, turned: &Turned) -> Vec<Kernel> {
    let groups = Groups::new(program, turned);
    let outside = build::read_outside(program, &groups);
    let order = groups.order();
    order
        .into_iter()
        .map(|g| build::kernel(program, &groups, g, &outside))
        .collect()
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::fuse;
    use crate::array::{Array, Csr, DType, Pattern};
    use crate::compile::optimise;
    use crate::compile::region::Kernel;
    use crate::ir::Program;
    use crate::random::{Key, bits_at};
    use crate::transform::{grad, make_program};

    /// The operations of each kernel, a line each, with what is written to memory.
    fn check(program: &Program, want: Expect) {
        let (program, kernels) = fuse(&optimise(program));
        assert_eq!(program.verify(), Ok(()));
        let line = |kernel: &Kernel| {
            let name = |e: usize| program.equations[e].primitive.rules().name();
            let operations: Vec<&str> = match kernel {
                Kernel::Region(region) => region.equations.iter().map(|&e| name(e)).collect(),
                Kernel::Single(equation) => vec![equation.primitive.rules().name()],
            };
            let writes = kernel.writes();
            let writes = writes.iter().map(|v| program.type_of(*v).to_string());
            let writes: Vec<String> = writes.collect();
            format!("{} -> {}", operations.join(" "), writes.join(" "))
        };
        let lines: Vec<String> = kernels.iter().map(line).collect();
        want.assert_eq(&lines.join("\n"));
    }

    fn zeros(shape: [usize; 2]) -> Array {
        Array::zeros(shape, DType::F32)
    }

    #[test]
    fn rows_are_folded_where_they_are_made() {
        let softmax = |x: &Array| {
            let e = (x - x.max(1).expand_dims(1)).exp();
            &e / e.sum(1).expand_dims(1)
        };
        check(
            &make_program(softmax)(&zeros([40, 7])),
            expect![
                "reduce_max reshape broadcast_in_dim sub exp reduce_sum reshape broadcast_in_dim div -> f32[40,7]"
            ],
        );
    }

    #[test]
    fn small_products_take_part_and_ends_close_a_region() {
        let w = zeros([7, 3]);
        let f = move |x: &Array| {
            let y = (x * 2).tanh().matmul(&w) + 1;
            (y.sum(0), y.square().sum(..), y)
        };
        check(
            &make_program(f)(&zeros([40, 7])),
            expect![
                "mul tanh dot_general add reduce_sum square reduce_sum -> f32[40,3] f32[3] f32[]"
            ],
        );
    }

    #[test]
    fn dropout_runs_inside_the_sparse_product() {
        let pattern = Pattern::new(4, vec![0, 2, 3], vec![1, 3, 0]);
        let pattern = pattern.unwrap_or_else(|e| panic!("{e}"));
        let f = move |values: &Array| {
            let keep = bits_at(&Key::new(0), &pattern).less(1000);
            let values = crate::functions::logic::select(&keep, values * 2, 0.0);
            let x = Csr::new(pattern.clone(), values);
            x.matmul(&zeros([4, 5])).maximum(0)
        };
        let values = Array::zeros(3, DType::F32);
        check(
            &make_program(f)(&values),
            expect![[r"
            broadcast_in_dim -> f32[4,5]
            random_bits_at lt mul broadcast_in_dim select_n spmm max -> f32[2,5]"]],
        );
    }

    #[test]
    fn a_backward_pass_computes_cheap_values_again() {
        let f = |x: &Array| {
            let centred = x - x.mean(0);
            (centred.square() * 0.5).exp().sum(..)
        };
        check(
            &make_program(grad(f))(&zeros([5000, 7])),
            expect![[r"
                reduce_sum -> f32[7]
                div -> f32[7]
                broadcast_in_dim sub square mul mul exp mul mul reduce_sum -> f32[5000,7] f32[7]
                reshape -> f32[1,7]
                neg reduce_sum -> f32[7]
                div -> f32[7]
                broadcast_in_dim add_any -> f32[5000,7]"]],
        );
    }
}
