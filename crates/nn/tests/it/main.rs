//! Tests of the layers, initialisers, optimisers and the trainer.

mod golden;
mod init;
mod layers;
mod loss;
mod model;
mod optim;
mod trainer;
