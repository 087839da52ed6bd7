//! The public behaviour of graxe-core.

mod arrays;
mod derivatives;
mod fused;
mod jitted;
mod messages;
mod patterns;
mod trees;
