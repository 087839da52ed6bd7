//! Regions: tiles of rows, one step after another, so that values between steps stay in the cache.

mod ends;
mod layout;
mod walker;

pub(super) use ends::finish;
pub(super) use layout::Layout;
pub(super) use walker::Walker;
