//! Tests of the layers, initialisers, optimisers and the trainer.

mod baselines;
mod checkpoint;
mod congruential;
mod conv;
mod dense;
mod golden;
mod graph_network;
mod init;
mod layers;
mod loss;
mod masks;
mod message;
mod metrics;
mod model;
mod optim;
mod predict;
mod projection;
mod pyg;
mod record;
mod trainer;
