//! Readers of graph data sets.
//!
//! [`load`] takes the name of a data set or a path and returns a [`Dataset`](graxe_graph::Dataset). Three formats are
//! read: the Planetoid files, the LINQS files in a folder or in an archive, and the `npz` files of the gnn-benchmark;
//! the karate club is built in. [`import`] makes a data set of a node table and an edge table, and a [`Schema`] by which
//! other tables are read in the same way.
//! Files are outside input: whatever they hold, the answer is a data set whose indices are all in range or
//! an [`Error`] of one line.
//!
//! A file's reader returns what the file states, repeats and all; what every data set becomes is decided in
//! one place: an undirected graph without loops and repeats, and a split of labelled nodes.

mod dataset;
mod error;
mod formats;
mod locate;
mod nearest;
mod raw;
mod tables;

pub use error::{Error, ErrorKind};
#[doc(hidden)]
pub use formats::linqs::read_linqs;
#[doc(hidden)]
pub use formats::npz::read_npz;
#[doc(hidden)]
pub use formats::pickle::fuzz_pickle;
#[doc(hidden)]
pub use formats::planetoid::read_planetoid;
pub use locate::{DATASETS, load};
#[doc(hidden)]
pub use raw::RawDataset;
pub use tables::{Columns, Feature, FeatureKind, Imported, NewNodes, Schema, Tables, import};
