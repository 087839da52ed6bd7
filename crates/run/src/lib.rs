//! From data to a run folder and back: import, train, evaluate, predict.
//!
//! A run is a folder. [`Training`] makes one from [`Data`] and [`Settings`] and writes to it so that a kill at any moment
//! leaves a folder from which training goes on to the same bits; [`Trained`] opens one and answers.
//!
//! ```
//! use graxe_run::{Settings, Source, Trained, Training};
//!
//! # let folder = tempfile::tempdir()?;
//! # let out = folder.path().join("karate");
//! // Or `Source::tables("papers.csv", "cites.csv")`.
//! let source = Source::named("karate");
//! let mut training = Training::create(source.load()?, Settings::new("gcn", source)?, &out)?;
//! while !training.is_over() {
//!     training.advance()?;
//! }
//! let summary = training.finish()?;
//! assert!(summary.test_accuracy > 0.8);
//!
//! let predicted = Trained::open(&out)?.predict()?;
//! println!("{} is with {}", predicted.id(5), predicted.class(5));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod baselines;
mod digest;
mod error;
mod evaluation;
mod events;
mod folder;
mod journal;
mod numbers;
mod predicted;
mod presented;
mod reference;
mod report;
mod results;
mod saved_model;
mod settings;
mod source;
mod staged;
mod summary;
mod trained;
mod training;

pub use baselines::Score;
pub use error::Error;
pub use evaluation::{ClassReport, Evaluation, PartScore};
pub use numbers::Numbers;
pub use predicted::Predicted;
pub use reference::{SETTINGS, Setting, reference};
pub use settings::{Settings, architecture};
pub use source::{Data, FRACTIONS, NamedSource, Source, TableSource};
pub use summary::Summary;
pub use trained::Trained;
pub use training::Training;

pub use graxe_nn::checkpoint::write_whole;
