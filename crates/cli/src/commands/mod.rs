//! One file or folder a command, what names their data, and what their flags take.

pub(crate) mod completions;
mod flags;
pub(crate) mod inspect;
pub(crate) mod models;
mod source;
pub(crate) mod train;
