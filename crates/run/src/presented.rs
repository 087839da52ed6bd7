//! What the report of a run shows: its numbers, and a part of its nodes with the edges among them.

use graxe_core::{Array, DType, Pattern};
use graxe_graph::Dataset;
use graxe_nn::{Inspected, Matrix, principal_components};

use crate::baselines::MLP;
use crate::error::Error;
use crate::evaluation::Evaluation;
use crate::journal::{Line, lines};
use crate::predicted::Predicted;
use crate::report::{
    Bin, ClassScore, DegreeBin, Edge, Epoch, Part, Point, Report, Score, ScoreKind,
};
use crate::saved_model::SavedModel;
use crate::summary::Summary;
use crate::training::Training;

/// The most nodes and edges that a page shows without becoming slow.
const MOST_POINTS: usize = 3000;
const MOST_EDGES: usize = 40_000;

/// The report of a run that has been trained.
pub(crate) fn report(
    training: &Training,
    model: &SavedModel,
    predicted: &Predicted,
    summary: &Summary,
) -> Result<Report, Error> {
    let dataset = &training.data().dataset;
    let evaluation = Evaluation::of(dataset, predicted);
    let network = model.model(dataset)?;
    let inputs = training.trainer().inputs();
    let seen = network.inspect(&model.params, &model.state, inputs);
    let shown = shown(dataset);
    let (places, explained) = places(&seen, &shown);
    // Attention is along the edges as the network takes them, perhaps with loops.
    let graph = match &inputs.adjacency {
        Some(Matrix::Sparse(adjacency)) => adjacency,
        _ => &dataset.graph.adjacency,
    };
    let settings = training.settings();
    Ok(Report {
        title: format!("{} with {}", summary.data, summary.model),
        created: settings.created.clone(),
        scores: scores(summary),
        curves: lines(training.path()).iter().map(epoch).collect(),
        kept_epoch: summary.kept_epoch,
        classes: dataset.class_names.clone(),
        class_scores: (evaluation.classes.iter())
            .map(|class| ClassScore {
                precision: class.precision,
                recall: class.recall,
                f1: class.f1,
                support: class.support,
            })
            .collect(),
        calibration: (evaluation.calibration.bins.iter())
            .map(|bin| Bin {
                lower: bin.lower,
                upper: bin.upper,
                count: bin.count as u64,
                confidence: bin.confidence,
                accuracy: bin.accuracy,
            })
            .collect(),
        calibration_error: evaluation.calibration_error,
        points: points(dataset, predicted, &shown, &places),
        nodes: dataset.num_nodes(),
        explained,
        edges: edges(&graph.pattern, &seen, &shown),
        degrees: (evaluation.degrees.iter())
            .map(|bin| DegreeBin {
                low: bin.bin.lower as u32,
                high: u32::try_from(bin.bin.upper).unwrap_or(u32::MAX),
                count: bin.bin.count as u64,
                accuracy: bin.accuracy,
            })
            .collect(),
        confusion: evaluation.confusion,
        config: settings.rows(),
        environment: environment(),
        warnings: (dataset.warnings.iter())
            .chain(training.trainer().warnings())
            .cloned()
            .collect(),
    })
}

fn scores(summary: &Summary) -> Vec<Score> {
    let model = Score {
        name: summary.model.clone(),
        kind: ScoreKind::Model,
        val_accuracy: summary.val_accuracy,
        test_accuracy: summary.test_accuracy,
    };
    let baselines = summary.baselines.iter().map(|score| Score {
        name: score.name.clone(),
        kind: if score.name == MLP {
            ScoreKind::Features
        } else {
            ScoreKind::Other
        },
        val_accuracy: score.val_accuracy,
        test_accuracy: score.test_accuracy,
    });
    std::iter::once(model).chain(baselines).collect()
}

fn epoch(line: &Line) -> Epoch {
    let number = |x: Option<f64>| x.unwrap_or(f64::NAN);
    Epoch {
        number: line.epoch,
        train_loss: number(line.train_loss),
        val_loss: number(line.val_loss),
        val_accuracy: number(line.val_accuracy),
        test_accuracy: number(line.test_accuracy),
    }
}

/// The nodes that are shown, rising: all, or so many at equal distances.
fn shown(dataset: &Dataset) -> Vec<u32> {
    let nodes = dataset.num_nodes();
    let count = nodes.min(MOST_POINTS);
    (0..count).map(|i| (i * nodes / count) as u32).collect()
}

/// Where the shown nodes lie in the map, and how much of the variance that is.
fn places(seen: &Inspected, shown: &[u32]) -> (Vec<[f64; 2]>, [f64; 2]) {
    let index = shown.iter().map(|&node| node as i32).collect();
    let index = Array::from_vec(index, shown.len());
    let rows = seen.embedding.take(&index, 0).astype(DType::F32);
    let components = principal_components(&rows);
    (components.coordinates, components.explained)
}

fn points(
    dataset: &Dataset,
    predicted: &Predicted,
    shown: &[u32],
    places: &[[f64; 2]],
) -> Vec<Point> {
    let mut parts = vec![Part::None; dataset.num_nodes()];
    let split = &dataset.split;
    let lists = [
        (&split.train, Part::Train),
        (&split.val, Part::Val),
        (&split.test, Part::Test),
    ];
    for (nodes, part) in lists {
        for &node in nodes {
            parts[node as usize] = part;
        }
    }
    let row_ptr = dataset.graph.pattern().row_ptr();
    let point = |(&node, &[x, y]): (&u32, &[f64; 2])| {
        let node = node as usize;
        let class = predicted.most_probable(node);
        Point {
            x,
            y,
            id: predicted.id(node).to_owned(),
            label: dataset.labels[node],
            predicted: class as u32,
            probability: predicted.probabilities(node)[class],
            part: parts[node],
            degree: row_ptr[node + 1] - row_ptr[node],
        }
    };
    shown.iter().zip(places).map(point).collect()
}

/// The edges among shown nodes with the attention of the last layer that has any, a mean over its heads.
fn edges(graph: &Pattern, seen: &Inspected, shown: &[u32]) -> Vec<Edge> {
    let attention = seen.attention.last().map(|(_, weights)| {
        let heads: usize = weights.shape().iter().skip(1).product();
        (weights.astype(DType::F32).to_vec::<f32>(), heads.max(1))
    });
    let mut place = vec![None; graph.rows()];
    for (i, &node) in (0..).zip(shown) {
        place[node as usize] = Some(i);
    }
    let (row_ptr, col) = (graph.row_ptr(), graph.col());
    let mut edges = Vec::new();
    for (dst, &node) in (0..).zip(shown) {
        let entries = row_ptr[node as usize] as usize..row_ptr[node as usize + 1] as usize;
        for entry in entries {
            let Some(src) = place[col[entry] as usize].filter(|&src| src != dst) else {
                continue;
            };
            if edges.len() == MOST_EDGES {
                return edges;
            }
            let mean = |(weights, heads): &(Vec<f32>, usize)| {
                let own = &weights[entry * heads..(entry + 1) * heads];
                own.iter().sum::<f32>() / *heads as f32
            };
            edges.push(Edge {
                src,
                dst,
                attention: attention.as_ref().map(mean),
            });
        }
    }
    edges
}

fn environment() -> Vec<(String, String)> {
    let row = |name: &str, value: String| (name.to_owned(), value);
    vec![
        row("graxe", env!("CARGO_PKG_VERSION").to_owned()),
        row(
            "system",
            format!("{} on {}", std::env::consts::OS, std::env::consts::ARCH),
        ),
        row("vector instructions", graxe_core::simd::level().to_string()),
        row("threads", graxe_core::threads().to_string()),
    ]
}
