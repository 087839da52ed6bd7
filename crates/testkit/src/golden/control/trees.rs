//! Which leaves trees have, in which order and where.

use std::collections::BTreeMap;

use graxe_core::{Array, Tree, Value, tree};
use serde_json::Value as Json;

use super::super::{Case, Outcome};

pub(super) fn run(case: &Case) -> Outcome {
    let facts = case.facts.as_ref().and_then(Json::as_object);
    let Some(facts) = facts else {
        return Outcome::Failed("no facts are recorded".to_owned());
    };
    for (name, fact) in facts {
        if let Err(why) = fact_holds(name, fact) {
            return Outcome::Failed(format!("{name}: {why}"));
        }
    }
    Outcome::Passed
}

/// Where JAX has a dict of unlike values, Rust has a struct, whose fields keep their order.
#[derive(Clone, Tree)]
struct Nested {
    v: BTreeMap<&'static str, Array>,
    w: (Array, Vec<Array>),
}

fn fact_holds(name: &str, fact: &Json) -> Result<(), String> {
    let leaf = |n: i32| Array::from(n);
    match name {
        "dict_order" => agrees(
            &BTreeMap::from([("b", leaf(1)), ("a", leaf(2)), ("C", leaf(3))]),
            fact,
        ),
        "nested" => {
            let nested = Nested {
                v: BTreeMap::from([("y", leaf(4)), ("x", leaf(5))]),
                w: (leaf(1), vec![leaf(2), leaf(3)]),
            };
            agrees(&nested, fact)
        }
        "none" => {
            let none: Option<Array> = None;
            agrees(&(leaf(1), none.clone(), vec![Some(leaf(2)), none]), fact)
        }
        "empty" => {
            let (map, list) = (BTreeMap::<String, Array>::new(), Vec::<Array>::new());
            agrees(&(map, (), list, leaf(7)), fact)
        }
        "leaf" => agrees(&leaf(3), fact),
        "list_of_dict" => {
            let first = BTreeMap::from([("k", leaf(1))]);
            let second = BTreeMap::from([("k", leaf(2)), ("j", leaf(3))]);
            agrees(&vec![first, second], fact)
        }
        _ => Err("a fact without a tree".to_owned()),
    }
}

/// Compares the leaves, their number, their paths, and the leaves doubled.
fn agrees(tree: &impl Tree, fact: &Json) -> Result<(), String> {
    let found = numbers(tree);
    same("leaves", &found, &integers(&fact["leaves"].to_string()))?;
    let count = fact["num_leaves"].as_u64();
    same("their number", &Some(found.len() as u64), &count)?;
    let paths = tree::named_leaves(tree).into_iter();
    let paths: Vec<String> = paths.map(|(path, _)| path.to_string()).collect();
    let wanted = fact["paths"].as_array().map_or(&[][..], Vec::as_slice);
    let wanted: Vec<String> = wanted.iter().map(path).collect();
    same("paths", &paths, &wanted)?;
    let doubled = tree::map(tree, |x| x * 2);
    let wanted = fact["doubled"].as_str().unwrap_or_default();
    same("doubled", &numbers(&doubled), &integers(wanted))
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, got: &T, want: &T) -> Result<(), String> {
    if got == want {
        Ok(())
    } else {
        Err(format!("{what}: {got:?}, expected {want:?}"))
    }
}

fn numbers(tree: &impl Tree) -> Vec<i32> {
    let leaves = tree::leaves(tree).into_iter();
    leaves
        .filter_map(|leaf| match leaf {
            Value::Array(x) => Some(x.item::<i32>()),
            Value::Pattern(_) => None,
        })
        .collect()
}

/// The integers in a text, in order.
fn integers(text: &str) -> Vec<i32> {
    let digits = text.split(|c: char| !c.is_ascii_digit());
    digits.filter_map(|n| n.parse().ok()).collect()
}

/// A path as JAX writes it, `['v']['x']` or `[0]`, in graxe's form, `v.x` or `[0]`.
fn path(recorded: &Json) -> String {
    let text = recorded.as_str().unwrap_or_default();
    let dotted = text.replace("['", ".").replace("']", "");
    dotted.trim_start_matches('.').to_owned()
}
