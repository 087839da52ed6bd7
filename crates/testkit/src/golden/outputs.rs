//! What a case's computation gives: named arrays, and the names it cannot give yet.

use std::collections::BTreeMap;

use graxe_core::Array;

/// Arrays by name, the inputs of a case among them.
pub(crate) type Named = BTreeMap<String, Array>;

/// One output of a case.
pub(crate) enum Output {
    /// To be compared.
    Bound(Array),
    /// Of a value that the case leaves open; shape and dtype still count.
    Free(Array),
    /// What it needs that is not there yet.
    Later(String),
}

/// Computed outputs by name.
#[derive(Default)]
pub(crate) struct Outputs(BTreeMap<String, Output>);

impl Outputs {
    /// No output can be computed, for this reason.
    pub(crate) fn later(why: impl Into<String>) -> Self {
        Self::default().without("", why)
    }

    pub(crate) fn with(mut self, name: impl Into<String>, array: Array) -> Self {
        self.0.insert(name.into(), Output::Bound(array));
        self
    }

    /// An output whose value the case leaves open.
    pub(crate) fn free(mut self, name: impl Into<String>, array: Array) -> Self {
        self.0.insert(name.into(), Output::Free(array));
        self
    }

    /// One output that needs what is not there yet.
    pub(crate) fn without(mut self, name: impl Into<String>, why: impl Into<String>) -> Self {
        self.0.insert(name.into(), Output::Later(why.into()));
        self
    }

    /// The output of that name; nothing if it was forgotten.
    pub(crate) fn get(&self, name: &str) -> Option<&Output> {
        self.0.get(name).or_else(|| self.0.get(""))
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
