//! Graphs against plain lists and dense matrices, tuples of graphs, normalisation with its derivatives, splits,
//! generators and statistics.

mod generate;
mod graph;
mod graphs_tuple;
mod normalise;
mod simple;
mod split;
mod statistics;
