//! What graxe is tested with: golden values of the originals and the checks of derivative rules.

mod check;
pub mod golden;

pub use check::{ELSEWHERE, FAMILIES, Function, catalogue, check_pair, check_primitive, family};
