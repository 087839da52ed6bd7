//! The public behaviour of graxe-core.

mod along;
mod arrays;
mod batching;
mod checkpoint;
mod collectives;
mod compiled;
mod control;
mod custom;
mod debugging;
mod derivatives;
mod devices;
mod fused;
mod jacobians;
mod jitted;
mod mapped;
mod messages;
mod numbers;
mod patterns;
mod places;
mod reviewed;
mod sweeps;
mod trees;
mod unrolled;
mod weak;
