//! A static field must be comparable.

use graxe_core::{Array, Tree};

#[derive(Clone)]
struct Options(f32);

#[derive(Tree, Clone)]
struct Model {
    w: Array,
    #[tree(static)]
    options: Options,
}

fn main() {}
