//! What a case's computation gives: named arrays, and the names it cannot give yet.

use std::collections::BTreeMap;

use graxe_core::{Array, Tree, Value, tree};

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

/// The leaves of a tree by a name and their paths: `ys`, `ys.norm`, `ys[0]`.
pub(crate) fn leaves(name: &str, tree: &impl Tree) -> Named {
    let named = tree::named_leaves(tree).into_iter();
    let named = named.filter_map(|(path, leaf)| match leaf {
        Value::Array(array) => Some((path.to_string(), array)),
        Value::Pattern(_) => None,
    });
    named
        .map(|(path, array)| match path.chars().next() {
            None | Some('[') => (format!("{name}{path}"), array),
            Some(_) => (format!("{name}.{path}"), array),
        })
        .collect()
}

/// The last carry of a loop and what it collected.
pub(crate) fn loop_results((carry, ys): (impl Tree, impl Tree)) -> Named {
    let mut named = leaves("carry", &carry);
    named.extend(leaves("ys", &ys));
    named
}

/// Arrays by these names.
pub(crate) fn named<const N: usize>(arrays: [(&str, Array); N]) -> Named {
    let owned = arrays.map(|(name, array)| (name.to_owned(), array));
    Named::from(owned)
}
