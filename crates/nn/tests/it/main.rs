//! Tests of the layers, initialisers, optimisers and the trainer.

mod checkpoint;
mod conv;
mod dense;
mod golden;
mod graph_network;
mod init;
mod layers;
mod loss;
mod masks;
mod message;
mod model;
mod optim;
mod predict;
mod pyg;
mod record;
mod trainer;
