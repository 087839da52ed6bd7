//! The readers against the real files, made-up files and hostile files.

mod attach;
mod cora;
mod cora_tables;
mod hostile;
mod mutations;
mod npz;
mod places;
mod refusals;
mod tables;
mod toy;
mod writer;
