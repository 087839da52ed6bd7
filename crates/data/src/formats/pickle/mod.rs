//! Python pickles of protocol 2, as far as the Planetoid files need them.
//!
//! Nothing is executed. The machine knows four shapes of value (numbers, numpy arrays, scipy CSR
//! matrices, dictionaries of lists) and refuses every other opcode, class and dtype by its name.
//! Memory stays within a constant times the length of the file: byte strings are borrowed
//! from it, every opcode makes at most one object, and values share objects by index, so nothing recurses.

mod arrays;
mod machine;

pub(crate) use arrays::OneHot;
use arrays::csr_matrix;
use machine::{Machine, Object, Value};

use super::csr_matrix::CsrMatrix;
use crate::error::Error;

/// The lists of a pickled `{node: [neighbour, ...]}`, in the order of the file.
pub(crate) type Adjacency = Vec<(u32, Vec<u32>)>;

/// The pickle of a `scipy.sparse` CSR matrix.
pub(crate) fn csr(bytes: &[u8]) -> Result<CsrMatrix, Error> {
    Pickle::read(bytes)?.csr()
}

/// The pickle of a numpy matrix whose rows are one-hot or zero.
pub(crate) fn one_hot(bytes: &[u8]) -> Result<OneHot, Error> {
    Pickle::read(bytes)?.one_hot()
}

/// The pickle of a dictionary from nodes to lists of nodes.
pub(crate) fn adjacency(bytes: &[u8]) -> Result<Adjacency, Error> {
    Pickle::read(bytes)?.adjacency()
}

/// A pickle that has been run, with the value it ended in.
struct Pickle<'a> {
    objects: Vec<Object<'a>>,
    top: Value<'a>,
    len: usize,
}

impl<'a> Pickle<'a> {
    /// Runs the pickle in `bytes`; errors carry the offset of the opcode at fault.
    fn read(bytes: &'a [u8]) -> Result<Self, Error> {
        if bytes.is_empty() {
            return Err(Error::malformed("the file is empty, expected a pickle"));
        }
        let (objects, top) = Machine::new(bytes).run()?;
        Ok(Self {
            objects,
            top,
            len: bytes.len(),
        })
    }

    fn csr(&self) -> Result<CsrMatrix, Error> {
        match self.object(self.top) {
            Some(Object::Csr(Some(state))) => csr_matrix(state, &self.objects),
            _ => Err(self.mismatch("a scipy.sparse csr_matrix")),
        }
    }

    fn one_hot(&self) -> Result<OneHot, Error> {
        match self.object(self.top) {
            Some(Object::Array(Some(array))) => OneHot::new(array),
            _ => Err(self.mismatch("a numpy array")),
        }
    }

    fn adjacency(&self) -> Result<Adjacency, Error> {
        const WHAT: &str = "a dictionary from node numbers to lists of node numbers";
        let Some(Object::Dict(entries)) = self.object(self.top) else {
            return Err(self.mismatch(WHAT));
        };
        // A list may be shared by many keys; without this bound a short file could name
        // more neighbours than memory holds. A pickle spends two bytes or more on each.
        let mut room = self.len;
        let mut lists = Vec::new();
        for &(key, value) in entries {
            let key = self.node(key)?;
            let Some(Object::List(items)) = self.object(value) else {
                return Err(Error::malformed(format!(
                    "expected {WHAT}, found {} under node {key}",
                    value.describe(&self.objects)
                )));
            };
            room = room.checked_sub(items.len()).ok_or_else(|| {
                Error::malformed("the lists name more neighbours than the file has bytes")
            })?;
            let neighbours = items.iter().map(|&item| self.node(item));
            lists.push((key, neighbours.collect::<Result<_, _>>()?));
        }
        Ok(lists)
    }

    fn node(&self, value: Value<'a>) -> Result<u32, Error> {
        match value {
            Value::Int(int) => u32::try_from(int).ok(),
            _ => None,
        }
        .ok_or_else(|| {
            Error::malformed(format!(
                "expected a node number, found {}",
                value.describe(&self.objects)
            ))
        })
    }

    fn object(&self, value: Value<'a>) -> Option<&Object<'a>> {
        match value {
            Value::Object(index) => self.objects.get(index),
            _ => None,
        }
    }

    fn mismatch(&self, expected: &str) -> Error {
        Error::malformed(format!(
            "expected the pickle of {expected}, found {}",
            self.top.describe(&self.objects)
        ))
    }
}

/// Runs every conversion of the pickle reader on `data`, for the fuzzer.
#[doc(hidden)]
pub fn fuzz_pickle(data: &[u8]) {
    if let Ok(pickle) = Pickle::read(data) {
        let _ = pickle.csr();
        let _ = pickle.one_hot();
        let _ = pickle.adjacency();
    }
}

#[cfg(test)]
mod tests;
