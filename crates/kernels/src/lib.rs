//! CPU kernels on plain slices: what an executable calls once shapes, types and memory are settled.
//!
//! Nothing here knows of programs, arrays or graphs. Every kernel writes the whole of its `out`
//! slice, takes lengths and shapes from its caller, and asserts that they fit the slices. Each
//! runs on the calling thread. The order in which numbers are added depends on the extent that is
//! added up alone, and for a dense product on its columns too; not on how many rows are asked for.

pub mod blocks;
pub mod cumulative;
pub mod gemm;
pub mod index;
pub mod map;
pub mod number;
pub mod outer;
pub mod reduce;
pub mod segment;
pub mod simd;
pub mod sort;
pub mod spmm;
mod strided;
pub mod threefry;

/// The configuration of every property test here: the same cases each time.
#[cfg(test)]
fn fixed_seed() -> proptest::prelude::ProptestConfig {
    proptest::prelude::ProptestConfig {
        rng_seed: proptest::test_runner::RngSeed::Fixed(0),
        failure_persistence: None,
        ..Default::default()
    }
}
