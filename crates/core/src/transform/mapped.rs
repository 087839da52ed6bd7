//! Something for each array of a tree.

use super::jit::misuse;
use super::tree::{Path, Step, Tree, Visitor, flatten, named_leaves, unflatten};
use crate::array::Array;
use crate::ir::Value;
use crate::ir::builder::hollow;

/// For each array of a `T`, in order, an `L`: the type of axes, masks and Jacobians over a tree.
///
/// ```
/// use graxe_core::{scalar, Mapped};
/// let tree = (scalar(1.0), vec![scalar(2.0), scalar(3.0)]);
/// let ranks = Mapped::new(&tree, |_, leaf| leaf.rank());
/// assert_eq!(ranks.get("[1][0]"), Some(&0));
/// ```
#[derive(Clone, Debug)]
pub struct Mapped<T, L> {
    /// The tree without its elements.
    shape: T,
    paths: Vec<Path>,
    leaves: Vec<L>,
}

impl<T: Tree, L> Mapped<T, L> {
    /// What `f` says of each array and its place.
    pub fn new(tree: &T, mut f: impl FnMut(&Path, &Array) -> L) -> Self {
        let mut paths = Vec::new();
        let mut leaves = Vec::new();
        for (path, leaf) in named_leaves(tree) {
            if let Value::Array(x) = leaf {
                leaves.push(f(&path, &x));
                paths.push(path);
            }
        }
        Self {
            shape: hollowed(tree),
            paths,
            leaves,
        }
    }

    /// From one leaf for each array, in order.
    ///
    /// # Panics
    /// If there are more or fewer.
    #[track_caller]
    pub fn from_arrays(tree: &T, leaves: impl IntoIterator<Item = L>) -> Self {
        let leaves: Vec<L> = leaves.into_iter().collect();
        let places = Mapped::new(tree, |_, _| ());
        if places.leaves.len() != leaves.len() {
            misuse(format!(
                "Mapped: {} leaves for a tree of {} arrays",
                leaves.len(),
                places.leaves.len()
            ));
        }
        Self {
            shape: places.shape,
            paths: places.paths,
            leaves,
        }
    }

    /// The leaf at a path as it prints, `layers[0].weight`.
    pub fn get(&self, path: &str) -> Option<&L> {
        let place = self.paths.iter().position(|p| p.to_string() == path)?;
        self.leaves.get(place)
    }

    /// The leaves in the order of the tree's arrays.
    pub fn leaves(&self) -> &[L] {
        &self.leaves
    }

    /// The places of the leaves and the leaves, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&Path, &L)> {
        self.paths.iter().zip(&self.leaves)
    }

    /// The same tree with other leaves.
    pub fn map<M>(&self, f: impl FnMut(&L) -> M) -> Mapped<T, M> {
        Mapped {
            shape: self.shape.clone(),
            paths: self.paths.clone(),
            leaves: self.leaves.iter().map(f).collect(),
        }
    }
}

impl<T: Tree> Mapped<T, Array> {
    /// The tree itself, where an array stands for each array; patterns are those of `like`.
    ///
    /// # Panics
    /// If `like` has another structure.
    #[track_caller]
    pub fn into_tree(self, like: &T) -> T {
        let (leaves, structure) = flatten(like);
        if structure != flatten(&self.shape).1 {
            misuse("Mapped: into_tree was given a tree of another structure".to_owned());
        }
        let mut own = self.leaves.into_iter();
        let leaf = |leaf: Value| match leaf {
            Value::Array(x) => own.next().unwrap_or(x).into(),
            pattern @ Value::Pattern(_) => pattern,
        };
        unflatten(like, leaves.into_iter().map(leaf).collect())
    }
}

/// The tree with hollow leaves.
fn hollowed<T: Tree>(tree: &T) -> T {
    let (leaves, _) = flatten(tree);
    unflatten(tree, leaves.iter().map(|v| hollow(&v.ty())).collect())
}

impl<T: Tree, L: Tree> Tree for Mapped<T, L> {
    fn visit(&self, visitor: &mut Visitor) {
        visitor.node("Mapped", self.leaves.len());
        visitor.fixed(flatten(&self.shape).1);
        for (path, leaf) in self.iter() {
            visitor.part(Step::Key(path.to_string()), leaf);
        }
    }
    fn rebuild(&self, next: &mut dyn FnMut() -> Value) -> Self {
        Self {
            shape: self.shape.clone(),
            paths: self.paths.clone(),
            leaves: self.leaves.iter().map(|leaf| leaf.rebuild(next)).collect(),
        }
    }
}
