//! One file or folder a command, what names their data, and what their flags take.

pub(crate) mod compare;
pub(crate) mod completions;
pub(crate) mod evaluate;
mod flags;
pub(crate) mod inspect;
pub(crate) mod models;
pub(crate) mod predict;
mod source;
pub(crate) mod train;

/// Takes vector instructions and threads from the environment.
fn set_up() -> anyhow::Result<()> {
    graxe_core::simd::from_environment().map_err(anyhow::Error::msg)?;
    graxe_core::threads_from_environment().map_err(anyhow::Error::msg)?;
    Ok(())
}
