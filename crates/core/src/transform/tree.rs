//! Trees: structs and collections whose leaves are arrays and patterns.

use std::any::Any;
use std::collections::BTreeMap;
use std::fmt;
use std::hash::{Hash, Hasher};

use super::jit::misuse;
use crate::array::{Array, Pattern};
use crate::ir::Value;

/// A value made of arrays and patterns: what transformed functions take and return.
///
/// Derive it for structs and enums; tuples, `Vec`, `Option`, `Box`, arrays and `BTreeMap` of
/// trees are trees. A field marked `#[tree(static)]` is not a leaf but part of the structure.
pub trait Tree: Clone + Send + Sync + 'static {
    /// Shows the leaves and the structure, always in the same order.
    fn visit(&self, visitor: &mut Visitor);

    /// A tree of the same structure with leaves taken from `next`, in the order of [`Self::visit`].
    fn rebuild(&self, next: &mut dyn FnMut() -> Value) -> Self;
}

/// One step from a tree to a part of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Step {
    /// A named field.
    Field(&'static str),
    /// A position in a tuple, vector or array.
    Index(usize),
    /// A key of a map.
    Key(String),
}

/// Where a leaf stands: `layers[0].weight`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Path(pub Vec<Step>);

impl Path {
    /// A leaf of a tuple of arguments by the argument's number: `argument 0.layers[1]`.
    pub(crate) fn argument(&self) -> String {
        let number = match self.0.first() {
            Some(Step::Index(i)) => *i,
            _ => 0,
        };
        let rest = Self(self.0.iter().skip(1).cloned().collect()).to_string();
        let dot = if rest.is_empty() || rest.starts_with('[') {
            ""
        } else {
            "."
        };
        format!("argument {number}{dot}{rest}")
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, step) in self.0.iter().enumerate() {
            match step {
                Step::Field(name) if i == 0 => f.write_str(name)?,
                Step::Field(name) => write!(f, ".{name}")?,
                Step::Index(n) => write!(f, "[{n}]")?,
                Step::Key(key) if i == 0 => f.write_str(key)?,
                Step::Key(key) => write!(f, ".{key}")?,
            }
        }
        Ok(())
    }
}

/// A static field, compared and hashed as part of a structure.
trait StaticKey: Send + Sync {
    fn as_any(&self) -> &dyn Any;
    fn same(&self, other: &dyn StaticKey) -> bool;
    fn digest(&self, state: &mut dyn Hasher);
}

impl<T: Eq + Hash + Send + Sync + 'static> StaticKey for T {
    fn as_any(&self) -> &dyn Any {
        self
    }
    fn same(&self, other: &dyn StaticKey) -> bool {
        other.as_any().downcast_ref::<T>() == Some(self)
    }
    fn digest(&self, mut state: &mut dyn Hasher) {
        self.hash(&mut state);
    }
}

enum Token {
    Node(&'static str, usize),
    Leaf,
    Static(Box<dyn StaticKey>),
}

/// The shape of a tree without its leaves; part of every cache key.
#[derive(Default)]
pub struct Structure(Vec<Token>);

impl PartialEq for Structure {
    fn eq(&self, other: &Self) -> bool {
        self.0.len() == other.0.len()
            && self.0.iter().zip(&other.0).all(|pair| match pair {
                (Token::Node(a, n), Token::Node(b, m)) => a == b && n == m,
                (Token::Leaf, Token::Leaf) => true,
                (Token::Static(a), Token::Static(b)) => a.same(b.as_ref()),
                _ => false,
            })
    }
}
impl Eq for Structure {}

impl Hash for Structure {
    fn hash<H: Hasher>(&self, state: &mut H) {
        for token in &self.0 {
            match token {
                Token::Node(name, n) => (0u8, name, n).hash(state),
                Token::Leaf => 1u8.hash(state),
                Token::Static(key) => key.digest(state),
            }
        }
    }
}

/// Collects leaves, their paths and the structure of a tree.
#[derive(Default)]
pub struct Visitor {
    leaves: Vec<Value>,
    structure: Structure,
    here: Path,
    paths: Vec<Path>,
    with_paths: bool,
}

impl Visitor {
    /// Opens a struct, variant or collection: its name and the variant or length.
    pub fn node(&mut self, name: &'static str, detail: usize) {
        self.structure.0.push(Token::Node(name, detail));
    }

    /// Visits a part.
    pub fn part(&mut self, step: Step, part: &impl Tree) {
        if self.with_paths {
            self.here.0.push(step);
            part.visit(self);
            self.here.0.pop();
        } else {
            part.visit(self);
        }
    }

    /// Visits a named field.
    pub fn field(&mut self, name: &'static str, part: &impl Tree) {
        self.part(Step::Field(name), part);
    }

    /// Visits an element of a tuple, vector or array.
    pub fn index(&mut self, index: usize, part: &impl Tree) {
        self.part(Step::Index(index), part);
    }

    /// Adds a leaf.
    pub fn leaf(&mut self, leaf: impl Into<Value>) {
        self.structure.0.push(Token::Leaf);
        self.leaves.push(leaf.into());
        if self.with_paths {
            self.paths.push(self.here.clone());
        }
    }

    /// Adds a static field to the structure.
    pub fn fixed(&mut self, value: impl Eq + Hash + Send + Sync + 'static) {
        self.structure.0.push(Token::Static(Box::new(value)));
    }
}

/// A value that is part of a tree's structure: what JAX calls a static argument.
///
/// A jitted function is traced anew for each value, and may decide by it.
///
/// ```
/// use graxe_core::{jit, scalar, Array, Static};
/// let power = jit(|x: &Array, n: &Static<i32>| x.powi(n.0));
/// assert_eq!(power(&scalar(3.0), &Static(2)).item::<f32>(), 9.0);
/// assert_eq!(power(&scalar(3.0), &Static(3)).item::<f32>(), 27.0);
/// assert_eq!(power.stats().traces, 2);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Static<T>(pub T);

impl<T: Clone + Eq + Hash + Send + Sync + 'static> Tree for Static<T> {
    fn visit(&self, visitor: &mut Visitor) {
        visitor.fixed(self.0.clone());
    }
    fn rebuild(&self, _next: &mut dyn FnMut() -> Value) -> Self {
        self.clone()
    }
}

/// The leaves of a tree and its structure.
pub(crate) fn flatten(tree: &impl Tree) -> (Vec<Value>, Structure) {
    let mut visitor = Visitor::default();
    tree.visit(&mut visitor);
    (visitor.leaves, visitor.structure)
}

/// The leaves of a tree.
pub fn leaves(tree: &impl Tree) -> Vec<Value> {
    flatten(tree).0
}

/// The leaves of a tree with the place of each.
pub fn named_leaves(tree: &impl Tree) -> Vec<(Path, Value)> {
    let mut visitor = Visitor {
        with_paths: true,
        ..Visitor::default()
    };
    tree.visit(&mut visitor);
    visitor.paths.into_iter().zip(visitor.leaves).collect()
}

/// A tree like `template` with other leaves.
///
/// # Panics
/// If there are fewer or more leaves than the template has.
#[track_caller]
pub fn unflatten<T: Tree>(template: &T, leaves: Vec<Value>) -> T {
    let mut leaves = leaves.into_iter();
    let tree = template.rebuild(&mut || match leaves.next() {
        Some(leaf) => leaf,
        None => panic!("unflatten: too few leaves for the tree"),
    });
    assert!(
        leaves.next().is_none(),
        "unflatten: too many leaves for the tree"
    );
    tree
}

/// The tree with `f` applied to every array; patterns stay.
#[track_caller]
pub fn map<T: Tree>(tree: &T, mut f: impl FnMut(&Array) -> Array) -> T {
    let leaves = leaves(tree).into_iter().map(|leaf| match leaf {
        Value::Array(a) => Value::Array(f(&a)),
        Value::Pattern(p) => Value::Pattern(p),
    });
    unflatten(tree, leaves.collect())
}

/// The first tree with `f` applied to its arrays and those of the second; patterns stay.
///
/// # Panics
/// If the structures differ.
#[track_caller]
pub fn map2<T: Tree>(a: &T, b: &T, mut f: impl FnMut(&Array, &Array) -> Array) -> T {
    let ((xs, sx), (ys, sy)) = (flatten(a), flatten(b));
    if sx != sy {
        misuse(different("map2", &named_leaves(a), &named_leaves(b)));
    }
    let leaves = xs.into_iter().zip(ys).map(|(x, y)| match (x, y) {
        (Value::Array(x), Value::Array(y)) => Value::Array(f(&x, &y)),
        (x, _) => x,
    });
    unflatten(a, leaves.collect())
}

/// As [`map2`] over three trees.
///
/// # Panics
/// If the structures differ.
#[track_caller]
pub fn map3<T: Tree>(a: &T, b: &T, c: &T, mut f: impl FnMut(&Array, &Array, &Array) -> Array) -> T {
    let ((xs, sx), (ys, sy), (zs, sz)) = (flatten(a), flatten(b), flatten(c));
    for (other, leaves) in [(&sy, named_leaves(b)), (&sz, named_leaves(c))] {
        if sx != *other {
            misuse(different("map3", &named_leaves(a), &leaves));
        }
    }
    let leaves = xs
        .into_iter()
        .zip(ys)
        .zip(zs)
        .map(|((x, y), z)| match (x, y, z) {
            (Value::Array(x), Value::Array(y), Value::Array(z)) => Value::Array(f(&x, &y, &z)),
            (x, ..) => x,
        });
    unflatten(a, leaves.collect())
}

/// What is the matter with trees of different structure: the leaves that one of them lacks.
fn different(name: &str, a: &[(Path, Value)], b: &[(Path, Value)]) -> String {
    let lacking = |a: &[(Path, Value)], b: &[(Path, Value)]| -> Vec<String> {
        let missing = a.iter().filter(|(p, _)| b.iter().all(|(q, _)| p != q));
        missing.map(|(path, _)| path.to_string()).collect()
    };
    let (first, second) = (lacking(a, b), lacking(b, a));
    let mut message = format!("tree::{name}: the trees have different structures");
    for (which, only) in [("first", first), ("second", second)] {
        if !only.is_empty() {
            message += "; only the ";
            message += which;
            message += " has ";
            message += &only.join(", ");
        }
    }
    message
}

/// The tree with zeros in place of every array; patterns stay.
pub fn zeros_like<T: Tree>(tree: &T) -> T {
    map(tree, |a| Array::zeros(a.shape().clone(), a.dtype()))
}

/// The arrays of a tree, patterns left out.
pub fn arrays(tree: &impl Tree) -> Vec<Array> {
    leaves(tree)
        .into_iter()
        .filter_map(|leaf| match leaf {
            Value::Array(a) => Some(a),
            Value::Pattern(_) => None,
        })
        .collect()
}

impl Tree for Array {
    fn visit(&self, visitor: &mut Visitor) {
        visitor.leaf(self);
    }
    fn rebuild(&self, next: &mut dyn FnMut() -> Value) -> Self {
        match next() {
            Value::Array(a) => a,
            Value::Pattern(_) => panic!("unflatten: a pattern stands where an array belongs"),
        }
    }
}

impl Tree for Pattern {
    fn visit(&self, visitor: &mut Visitor) {
        visitor.leaf(self);
    }
    fn rebuild(&self, next: &mut dyn FnMut() -> Value) -> Self {
        match next() {
            Value::Pattern(p) => p,
            Value::Array(_) => panic!("unflatten: an array stands where a pattern belongs"),
        }
    }
}

impl<T: Tree> Tree for Vec<T> {
    fn visit(&self, visitor: &mut Visitor) {
        visitor.node("Vec", self.len());
        self.iter()
            .enumerate()
            .for_each(|(i, t)| visitor.index(i, t));
    }
    fn rebuild(&self, next: &mut dyn FnMut() -> Value) -> Self {
        self.iter().map(|t| t.rebuild(next)).collect()
    }
}

impl<T: Tree, const N: usize> Tree for [T; N] {
    fn visit(&self, visitor: &mut Visitor) {
        visitor.node("array", N);
        self.iter()
            .enumerate()
            .for_each(|(i, t)| visitor.index(i, t));
    }
    fn rebuild(&self, next: &mut dyn FnMut() -> Value) -> Self {
        std::array::from_fn(|i| self[i].rebuild(next))
    }
}

impl<T: Tree> Tree for Option<T> {
    fn visit(&self, visitor: &mut Visitor) {
        visitor.node("Option", usize::from(self.is_some()));
        if let Some(t) = self {
            t.visit(visitor);
        }
    }
    fn rebuild(&self, next: &mut dyn FnMut() -> Value) -> Self {
        self.as_ref().map(|t| t.rebuild(next))
    }
}

impl<T: Tree> Tree for Box<T> {
    fn visit(&self, visitor: &mut Visitor) {
        self.as_ref().visit(visitor);
    }
    fn rebuild(&self, next: &mut dyn FnMut() -> Value) -> Self {
        Box::new(self.as_ref().rebuild(next))
    }
}

impl<K, T> Tree for BTreeMap<K, T>
where
    K: Clone + Ord + Hash + fmt::Display + Send + Sync + 'static,
    T: Tree,
{
    fn visit(&self, visitor: &mut Visitor) {
        visitor.node("BTreeMap", self.len());
        for (key, part) in self {
            visitor.fixed(key.clone());
            visitor.part(Step::Key(key.to_string()), part);
        }
    }
    fn rebuild(&self, next: &mut dyn FnMut() -> Value) -> Self {
        self.iter()
            .map(|(k, t)| (k.clone(), t.rebuild(next)))
            .collect()
    }
}

macro_rules! tuples {
    ($(($($t:ident $i:tt),*))*) => {$(
        impl<$($t: Tree),*> Tree for ($($t,)*) {
            fn visit(&self, visitor: &mut Visitor) {
                visitor.node("tuple", 0 $(+ { let _ = $i; 1 })*);
                $(visitor.index($i, &self.$i);)*
            }
            #[allow(unused_variables, clippy::unused_unit, reason = "the empty tuple has no parts")]
            fn rebuild(&self, next: &mut dyn FnMut() -> Value) -> Self {
                ($(self.$i.rebuild(next),)*)
            }
        }
    )*};
}
tuples!(
    ()
    (A 0)
    (A 0, B 1)
    (A 0, B 1, C 2)
    (A 0, B 1, C 2, D 3)
    (A 0, B 1, C 2, D 3, E 4)
    (A 0, B 1, C 2, D 3, E 4, F 5)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7)
);

/// The number of parts of a tuple of arguments.
pub(crate) fn tree_arguments(inputs: &impl Tree) -> usize {
    match flatten(inputs).1.0.first() {
        Some(Token::Node(_, n)) => *n,
        _ => 0,
    }
}
