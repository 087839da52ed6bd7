//! Programs: typed SSA with its builder, printer and verifier.

mod aval;
pub(crate) mod builder;
mod effect;
mod evaluate;
mod graphviz;
mod memo;
mod place;
mod printer;
mod program;
mod value;
pub(crate) mod vary;
mod verifier;

pub use aval::{Aval, PatternAval, Type};
pub(crate) use aval::{all_match, strengthen};
pub use effect::Effect;
pub(crate) use evaluate::{Environment, evaluate};
pub(crate) use memo::{Batched, Memo};
pub use place::Place;
pub use program::{Atom, Closed, Equation, Program, Var};
pub use value::Value;
