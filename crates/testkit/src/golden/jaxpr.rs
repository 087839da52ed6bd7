use super::{Case,Outcome};
pub(crate) fn run(_case:&Case)->Outcome{Outcome::Skipped("x".into())}
