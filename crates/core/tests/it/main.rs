//! The public behaviour of graxe-core.

mod along;
mod arrays;
mod checkpoint;
mod compiled;
mod control;
mod custom;
mod derivatives;
mod fused;
mod jacobians;
mod jitted;
mod mapped;
mod messages;
mod numbers;
mod patterns;
mod trees;
