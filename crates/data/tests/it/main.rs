//! The readers against the real files, made-up files and hostile files.

mod cora;
mod hostile;
mod places;
mod toy;
mod writer;
