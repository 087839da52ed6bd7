//! Passes over programs.

mod dce;

pub(crate) use dce::dce;
