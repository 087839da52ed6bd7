//! The tests of the kit.

mod primitives;
