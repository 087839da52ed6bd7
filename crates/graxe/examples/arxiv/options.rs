//! What the command line says.

use std::error::Error;
use std::path::PathBuf;

use crate::network::{HEADS, Model};

/// What is trained, and on what.
pub(crate) struct Options {
    /// The networks, one after the other.
    pub(crate) models: Vec<Model>,
    /// A folder with a graph to read in place of the made-up one.
    pub(crate) data: Option<PathBuf>,
    pub(crate) nodes: usize,
    pub(crate) edges: usize,
    pub(crate) features: usize,
    pub(crate) classes: usize,
    pub(crate) hidden: usize,
    pub(crate) steps: u32,
    pub(crate) seed: i64,
    /// Whether to print what a step compiles to, and its times.
    pub(crate) explain: bool,
}

impl Options {
    pub(crate) fn parse(mut words: impl Iterator<Item = String>) -> Result<Self, Box<dyn Error>> {
        let mut options = Self {
            models: vec![Model::Gcn, Model::Gat],
            data: None,
            nodes: 2000,
            edges: 14_000,
            features: 32,
            classes: 8,
            hidden: 32,
            steps: 20,
            seed: 0,
            explain: false,
        };
        while let Some(flag) = words.next() {
            if flag == "--explain" {
                options.explain = true;
                continue;
            }
            let value = words.next().ok_or(format!("{flag} needs a value"))?;
            match flag.as_str() {
                "--model" => {
                    let model = Model::named(&value);
                    options.models = vec![model.ok_or(format!("{value} is neither gcn nor gat"))?];
                }
                "--data" => options.data = Some(value.into()),
                "--nodes" => options.nodes = positive(&value)?,
                "--edges" => options.edges = positive(&value)?,
                "--features" => options.features = positive(&value)?,
                "--classes" => options.classes = positive(&value)?,
                "--hidden" => options.hidden = positive(&value)?,
                "--steps" => options.steps = u32::try_from(positive(&value)?)?,
                "--seed" => options.seed = value.parse()?,
                _ => return Err(format!("there is no flag {flag}").into()),
            }
        }
        if options.models.contains(&Model::Gat) && !options.hidden.is_multiple_of(HEADS) {
            let hidden = options.hidden;
            return Err(format!("{hidden} features are not shared by {HEADS} heads").into());
        }
        Ok(options)
    }
}

fn positive(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(number) if number > 0 => Ok(number),
        _ => Err(format!("{text} is not a whole number of at least 1")),
    }
}
