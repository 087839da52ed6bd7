//! The names of nodes, all in one string, and the node of each.

use std::hash::BuildHasher;

use foldhash::fast::RandomState;
use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

/// Ids in the order of their nodes. A million of them take one allocation, not a million.
#[derive(Default)]
pub(super) struct Ids {
    text: String,
    ends: Vec<usize>,
    nodes: HashTable<u32>,
    hasher: RandomState,
}

impl Ids {
    /// The ids of nodes that have been named already.
    ///
    /// # Errors
    /// The first id that stands twice.
    pub(super) fn of<'a>(names: impl Iterator<Item = &'a str>) -> Result<Self, &'a str> {
        let mut ids = Self::default();
        for name in names {
            if ids.insert(name).is_err() {
                return Err(name);
            }
        }
        Ok(ids)
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Names the next node.
    ///
    /// # Errors
    /// If a node has this id already.
    pub(super) fn insert(&mut self, id: &str) -> Result<(), ()> {
        let Self {
            text,
            ends,
            nodes,
            hasher,
        } = self;
        let named = |node: u32| name(text, ends, node);
        let entry = nodes.entry(
            hasher.hash_one(id),
            |&node| named(node) == id,
            |&node| hasher.hash_one(named(node)),
        );
        let Entry::Vacant(vacant) = entry else {
            return Err(());
        };
        vacant.insert(ends.len() as u32);
        text.push_str(id);
        ends.push(text.len());
        Ok(())
    }

    /// The node of this id.
    pub(super) fn get(&self, id: &str) -> Option<u32> {
        let same = |&node: &u32| name(&self.text, &self.ends, node) == id;
        self.nodes.find(self.hasher.hash_one(id), same).copied()
    }

    /// The ids as strings of their own.
    pub(super) fn to_names(&self) -> Vec<String> {
        let nodes = 0..self.len() as u32;
        nodes
            .map(|node| name(&self.text, &self.ends, node).to_owned())
            .collect()
    }
}

fn name<'a>(text: &'a str, ends: &[usize], node: u32) -> &'a str {
    let node = node as usize;
    let start = node.checked_sub(1).map_or(0, |before| ends[before]);
    &text[start..ends[node]]
}
