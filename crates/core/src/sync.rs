//! Locks whose last holder may have panicked, and values kept by key behind them.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The value behind a lock. A holder that panicked left it whole: none changes it in steps.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// So many values by key: the least recently used one goes when there are too many.
pub(crate) struct Cache<K, V, const CAPACITY: usize = 256> {
    entries: HashMap<K, (V, u64)>,
    clock: u64,
}

impl<K, V, const CAPACITY: usize> Default for Cache<K, V, CAPACITY> {
    fn default() -> Self {
        Self {
            entries: HashMap::new(),
            clock: 0,
        }
    }
}

impl<K: Eq + Hash, V: Clone, const CAPACITY: usize> Cache<K, V, CAPACITY> {
    pub(crate) fn get(&mut self, key: &K) -> Option<V> {
        self.clock += 1;
        let (value, used) = self.entries.get_mut(key)?;
        *used = self.clock;
        Some(value.clone())
    }

    pub(crate) fn insert(&mut self, key: K, value: V) {
        if self.entries.len() >= CAPACITY {
            let oldest = self.entries.values().map(|(_, used)| *used).min();
            self.entries.retain(|_, (_, used)| Some(*used) != oldest);
        }
        self.clock += 1;
        self.entries.insert(key, (value, self.clock));
    }
}
