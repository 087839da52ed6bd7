//! Every variant of every family with operands to check it at.

mod checkpoint;
mod control;
mod cumulative;
mod custom;
mod elementwise;
mod indexing;
mod movement;
mod operands;
mod random;
mod reduction;
mod sorting;
mod sparse;

use graxe_core::Value;
use graxe_core::ops::Primitive;

/// A primitive and its operands.
type Case = (Primitive, Vec<Value>);

macro_rules! families {
    (
        {$($family:ident => $cases:path,)*}
        elsewhere {$($other:ident => $tests:literal,)*}
    ) => {
        /// The names of the families with cases, in the order of [`Primitive`].
        pub const FAMILIES: &[&str] = &[$(stringify!($family)),*];

        /// The families that cannot run alone, and the file with the tests of each: an operation between
        /// places needs a named axis, what is known by its transpose alone cannot be run, and a callback
        /// gives nothing to compare.
        pub const ELSEWHERE: &[(&str, &str)] = &[$((stringify!($other), $tests)),*];

        /// The family of a primitive.
        pub fn family(primitive: &Primitive) -> &'static str {
            // No wildcard: a new family does not compile until it is listed below.
            match primitive {
                $(Primitive::$family(_) => stringify!($family),)*
                $(Primitive::$other(_) => stringify!($other),)*
            }
        }

        /// Every variant of every family in [`FAMILIES`] with operands of every kind it takes.
        ///
        /// # Panics
        /// If a family lists no case, or one of another family.
        pub fn catalogue() -> Vec<(Primitive, Vec<Value>)> {
            let mut all = Vec::new();
            $({
                let cases: Vec<Case> = $cases();
                let own = cases.iter().all(|(p, _)| family(p) == stringify!($family));
                assert!(own && !cases.is_empty(), "the cases of {}", stringify!($family));
                all.extend(cases);
            })*
            all
        }
    };
}

families!(
    {
        Unary => elementwise::unary,
        Binary => elementwise::binary,
        Select => elementwise::select,
        Convert => elementwise::convert,
        Broadcast => movement::broadcast,
        Reshape => movement::reshape,
        Transpose => movement::transpose,
        Slice => movement::slice,
        Pad => movement::pad,
        Concatenate => movement::concatenate,
        Iota => movement::iota,
        Reduce => reduction::reduce,
        ArgReduce => reduction::arg_reduce,
        Cumulative => cumulative::cumulative,
        Sort => sorting::sort,
        Dot => reduction::dot,
        Gather => indexing::gather,
        Scatter => indexing::scatter,
        Spmm => sparse::spmm,
        Sddmm => sparse::sddmm,
        EdgeGather => sparse::edge_gather,
        SegmentReduce => sparse::segment_reduce,
        Threefry => random::threefry,
        StopGradient => elementwise::stop_gradient,
        Barrier => checkpoint::barrier,
        Call => control::call,
        Checkpoint => checkpoint::checkpoint,
        CustomJvp => custom::forward,
        CustomVjp => custom::backward,
        Cond => control::cond,
        While => control::while_loop,
        Scan => control::scan_loop,
    }
    elsewhere {
        Callback => "crates/core/tests/it/debugging.rs",
        Collective => "crates/core/tests/it/collectives.rs",
        CustomLinear => "crates/core/tests/it/custom.rs",
    }
);
