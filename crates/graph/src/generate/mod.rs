//! Data sets from nothing: one built in, one made up by a seed.

mod citation;
mod karate;

pub use citation::citation;
pub use karate::karate_club;
