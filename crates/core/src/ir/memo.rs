//! What was found out about a program, kept with it.

use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex, OnceLock};

use super::builder::Varying;
use super::{Effect, Program, Type};
use crate::array::Scope;
use crate::ops::batching::{AxisName, Batch};
use crate::sync::{Cache, lock};
use crate::transform::Cut;

/// What a program was made into, by what was asked of it.
///
/// A loop asks the same of its step again and again, until the marks of its carry stay as they are,
/// and each time of all loops inside of it: without this the work would double with each level.
#[derive(Default)]
pub(crate) struct Memo {
    pub(super) effect: OnceLock<Effect>,
    pub(super) axes: OnceLock<Vec<AxisName>>,
    /// By the axes over which the inputs differ, and those there are; over which the outputs do.
    pub(super) varying: Table<(Vec<Varying>, Axes), Vec<Varying>>,
    /// By which inputs have tangents, and which outputs are to have one; which outputs do.
    pub(crate) jvp: Table<[Vec<bool>; 2], Marked>,
    /// By which inputs are linear, which outputs have cotangents, and which inputs are to have
    /// one; which inputs do.
    pub(crate) transpose: Table<[Vec<bool>; 3], Marked>,
    pub(crate) vmap: Table<Batched, (Arc<Program>, Vec<Option<usize>>)>,
    /// By which inputs are known, and which outputs are not to be.
    pub(crate) cut: Table<[Vec<bool>; 2], Cut>,
    /// By which outputs are used; which inputs are read.
    pub(crate) pruned: Table<Vec<bool>, (Program, Vec<bool>)>,
}

/// A program, and marks of its outputs or of what it was made from.
type Marked = (Arc<Program>, Vec<bool>);

type Axes = Vec<(AxisName, usize)>;

/// How a program is batched.
#[derive(PartialEq, Eq, Hash)]
pub(crate) struct Batched {
    pub(crate) types: Vec<Type>,
    pub(crate) axes: Vec<Option<usize>>,
    pub(crate) batch: Batch,
    /// Which outputs are batched in any case.
    pub(crate) wanted: Vec<bool>,
}

/// A few answers by their questions and by the default types, which numbers in rules take.
pub(crate) struct Table<K, V>(Mutex<Cache<(Scope, K), V, 16>>);

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash, V: Clone> Table<K, V> {
    /// The answer to a question, made if it is new.
    #[track_caller]
    pub(crate) fn get_or(&self, key: K, make: impl FnOnce(&K) -> V) -> V {
        let key = (Scope::current(), key);
        if let Some(known) = lock(&self.0).get(&key) {
            return known;
        }
        let made = make(&key.1);
        lock(&self.0).insert(key, made.clone());
        made
    }
}

// A copy of a program is about to become another one, and knows nothing yet; what is known of a
// program does not tell it from its equals.
impl Clone for Memo {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl PartialEq for Memo {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Memo {}

impl Hash for Memo {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}

impl std::fmt::Debug for Memo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Memo")
    }
}
