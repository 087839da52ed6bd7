//! Tests of the layers, initialisers, optimisers and the trainer.

mod checkpoint;
mod dense;
mod golden;
mod graph_network;
mod init;
mod layers;
mod loss;
mod model;
mod optim;
mod trainer;
