//! Readers of graph data sets.
//!
//! [`load`] takes the name of a data set or a path and returns what its files state as a [`RawDataset`].
//! Two formats are read: the Planetoid files ([`read_planetoid`]) and the LINQS files, in a folder or
//! in an archive ([`read_linqs`]). Files are outside input: whatever they hold, the answer is a data set
//! whose indices are all in range or an [`Error`] of one line.

mod error;
mod formats;
mod locate;
mod raw;

pub use error::{Error, ErrorKind};
pub use formats::linqs::read_linqs;
#[doc(hidden)]
pub use formats::pickle::fuzz_pickle;
pub use formats::planetoid::read_planetoid;
pub use locate::{DATASETS, load};
pub use raw::RawDataset;
