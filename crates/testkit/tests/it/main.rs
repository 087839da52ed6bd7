//! Tests of graxe as a whole.

mod golden;
mod keys;
mod primitives;
