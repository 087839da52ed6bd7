//! One file a command, and what their flags take.

mod flags;
pub(crate) mod models;
pub(crate) mod train;
