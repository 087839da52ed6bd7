//! Graphs against plain lists and dense matrices, normalisation with its derivatives, splits and generators.

mod generate;
mod graph;
mod normalise;
mod split;
