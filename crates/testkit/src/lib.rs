//! What graxe is tested with: golden values of the originals and the checks of derivative rules.

pub mod golden;
