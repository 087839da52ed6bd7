//! What a case's computation gives: named arrays, and the names it cannot give yet.

use std::collections::BTreeMap;

use graxe_core::Array;

/// Arrays by name, the inputs of a case among them.
pub(crate) type Named = BTreeMap<String, Array>;

/// Computed outputs by name; those not there yet have a reason in place of an array.
#[derive(Default)]
pub(crate) struct Outputs(BTreeMap<String, Result<Array, String>>);

impl Outputs {
    /// No output can be computed, for this reason.
    pub(crate) fn later(why: impl Into<String>) -> Self {
        Self::default().without("", why)
    }

    pub(crate) fn with(mut self, name: impl Into<String>, array: impl Into<Array>) -> Self {
        self.0.insert(name.into(), Ok(array.into()));
        self
    }

    /// One output that needs what is not there yet.
    pub(crate) fn without(mut self, name: impl Into<String>, why: impl Into<String>) -> Self {
        self.0.insert(name.into(), Err(why.into()));
        self
    }

    /// The output of that name, or why there is none; nothing if it was forgotten.
    pub(crate) fn get(&self, name: &str) -> Option<Result<&Array, &str>> {
        let entry = self.0.get(name).or_else(|| self.0.get(""))?;
        Some(entry.as_ref().map_err(String::as_str))
    }
}

/// The only output, which the files call `out`.
impl From<Array> for Outputs {
    fn from(array: Array) -> Self {
        Self::default().with("out", array)
    }
}

impl<N: Into<String>> FromIterator<(N, Array)> for Outputs {
    fn from_iter<I: IntoIterator<Item = (N, Array)>>(named: I) -> Self {
        named
            .into_iter()
            .fold(Self::default(), |all, (name, array)| all.with(name, array))
    }
}
