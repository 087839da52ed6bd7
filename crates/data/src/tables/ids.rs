//! The names of nodes, all in one string, and the node of each.

use std::hash::BuildHasher;

use foldhash::fast::RandomState;
use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

/// Ids in the order of their nodes. A million of them take a few allocations, not a million.
#[derive(Default)]
pub(super) struct Ids {
    text: String,
    ends: Vec<usize>,
    nodes: HashTable<(Key, u32)>,
    hasher: RandomState,
}

/// An id for the table: a look-up is mostly a wait for memory, and a short id that lies in the table itself
/// is found by one.
///
/// The last byte is the length of a short id, which stands before it. Of a long one it is [`LONG`], and a hash
/// stands there; the whole id is then compared too.
type Key = [u8; 16];

/// More than any short id's length.
const LONG: u8 = 255;

impl Ids {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Names the next node.
    ///
    /// # Errors
    /// The node that has this id already.
    pub(super) fn insert(&mut self, id: &str) -> Result<(), u32> {
        let key = self.key(id);
        let Self {
            text,
            ends,
            nodes,
            hasher,
        } = self;
        let entry = nodes.entry(
            hash(hasher, key),
            |&(other, node)| other == key && (key[15] != LONG || name(text, ends, node) == id),
            |&(key, _)| hash(hasher, key),
        );
        match entry {
            Entry::Occupied(occupied) => Err(occupied.get().1),
            Entry::Vacant(vacant) => {
                vacant.insert((key, ends.len() as u32));
                text.push_str(id);
                ends.push(text.len());
                Ok(())
            }
        }
    }

    /// The node of this id.
    pub(super) fn get(&self, id: &str) -> Option<u32> {
        let key = self.key(id);
        self.find(key, hash(&self.hasher, key), id)
    }

    /// The nodes of ids that stand one behind another in `text`, each up to its end, in place of what `found` holds.
    ///
    /// A look-up in a large table waits for memory. Here all hashes are made first, and the look-ups follow one
    /// another so closely that the processor waits for many at once.
    pub(super) fn get_all(&self, text: &str, ends: &[usize], found: &mut Vec<Option<u32>>) {
        let starts = || std::iter::once(0).chain(ends.iter().copied());
        let ids = || starts().zip(ends).map(|(start, &end)| &text[start..end]);
        let keys = ids().map(|id| {
            let key = self.key(id);
            (key, hash(&self.hasher, key))
        });
        let keys: Vec<(Key, u64)> = keys.collect();
        found.clear();
        found.extend(
            keys.iter()
                .zip(ids())
                .map(|(&(key, hash), id)| self.find(key, hash, id)),
        );
    }

    fn find(&self, key: Key, hash: u64, id: &str) -> Option<u32> {
        let same = |&(other, node): &(Key, u32)| {
            other == key && (key[15] != LONG || name(&self.text, &self.ends, node) == id)
        };
        self.nodes.find(hash, same).map(|&(_, node)| node)
    }

    fn key(&self, id: &str) -> Key {
        let mut key = [0; 16];
        if id.len() < key.len() {
            key[..id.len()].copy_from_slice(id.as_bytes());
            key[15] = id.len() as u8;
        } else {
            key[..8].copy_from_slice(&self.hasher.hash_one(id).to_le_bytes());
            key[15] = LONG;
        }
        key
    }

    /// The ids as strings of their own.
    pub(super) fn to_names(&self) -> Vec<String> {
        let nodes = 0..self.len() as u32;
        nodes
            .map(|node| name(&self.text, &self.ends, node).to_owned())
            .collect()
    }
}

fn hash(hasher: &RandomState, key: Key) -> u64 {
    hasher.hash_one(u128::from_le_bytes(key))
}

fn name<'a>(text: &'a str, ends: &[usize], node: u32) -> &'a str {
    let node = node as usize;
    let start = node.checked_sub(1).map_or(0, |before| ends[before]);
    &text[start..ends[node]]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_and_long_ids_are_told_apart() {
        // Lengths around that of a key, and ids that differ in their last letter or by a zero only.
        let mut names: Vec<String> = (1..40).map(|length| "x".repeat(length)).collect();
        names.extend((1..40).map(|length| "x".repeat(length - 1) + "y"));
        names.extend(["x\0", "x\0\0", "\0"].map(str::to_owned));
        let mut ids = Ids::default();
        for name in &names {
            ids.insert(name).unwrap();
        }
        assert_eq!(ids.to_names(), names);
        for (node, name) in (0..).zip(&names) {
            assert_eq!(ids.get(name), Some(node));
            assert_eq!(ids.insert(name), Err(node));
        }
        let text = names.concat();
        let mut end = 0;
        let ends = names.iter().map(|name| {
            end += name.len();
            end
        });
        let mut found = vec![None];
        ids.get_all(&text, &ends.collect::<Vec<_>>(), &mut found);
        assert!(found.into_iter().eq((0..names.len() as u32).map(Some)));
        assert_eq!(ids.len(), names.len());
        assert_eq!(ids.get("z"), None);
        assert_eq!(ids.get(&"x".repeat(40)), None);
    }
}
