//! The public behaviour of graxe-core.

mod along;
mod arrays;
mod compiled;
mod control;
mod derivatives;
mod fused;
mod jitted;
mod messages;
mod patterns;
mod places;
mod trees;
mod weak;
