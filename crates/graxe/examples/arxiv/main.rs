//! Three layers of graph convolution or graph attention with batch normalisation, of the size of ogbn-arxiv if asked for.
//!
//! Prints one JSON line: seconds a step, memory, the loss of every step. Without arguments it trains both
//! networks in turn on a small made-up graph, with a line each; `cargo xtask bench arxiv` names one and passes a folder
//! of the full size.

mod batch_norm;
mod data;
mod network;
mod options;

use std::error::Error;
use std::time::Instant;

use graxe::nn::{Context, Inputs, Layer, accuracy, cross_entropy, optim};
use graxe::prelude::*;
use optim::GradientTransformation;

use data::Data;
use network::Model;
use options::Options;

fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::parse(std::env::args().skip(1))?;
    let data = match &options.data {
        Some(folder) => Data::read(folder)?,
        None => Data::synthetic(&options, &Key::new(options.seed))?,
    };
    let (hidden, classes) = (options.hidden, data.num_classes);
    for &model in &options.models {
        match model {
            Model::Gcn => train(model, &network::gcn(hidden, classes), &data, &options)?,
            Model::Gat => train(model, &network::gat(hidden, classes), &data, &options)?,
        }
    }
    Ok(())
}

/// Trains, and prints what it took.
fn train(
    model: Model,
    network: &impl Layer,
    data: &Data,
    options: &Options,
) -> Result<(), Box<dyn Error>> {
    let inputs = Inputs::on_graph(data.features.clone(), &model.prepare(&data.graph));
    let (num_nodes, num_edges) = (data.graph.num_nodes(), data.graph.num_edges());
    let [key, steps] = Key::new(options.seed).split();
    let (_, mut params, mut state) = network.init(&key, data.features.shape());
    let optimiser = optim::adam(0.01);
    let mut moments = optimiser.init(&params);

    // The graph is captured: what it alone decides is computed once.
    let step = jit(|(params, moments, state), key: &Key| {
        let loss = |p: &_| {
            let (out, state) = network.apply(p, &state, &inputs, &Context::train(key));
            (cross_entropy(out.dense(), &data.labels, &data.train), state)
        };
        let ((loss, state), gradient) = value_and_grad_aux(loss)(&params);
        let (updates, moments) = optimiser.update(&gradient, &moments, &params);
        let params = optim::apply_updates(&params, &updates);
        ((params, moments, state), loss)
    });

    let start = Instant::now();
    step.lower(|f| {
        let before = (params.clone(), moments.clone(), state.clone());
        f(before, &steps)
    });
    let compile_s = start.elapsed().as_secs_f64();

    let (mut seconds, mut losses) = (Vec::new(), Vec::new());
    for number in 0..options.steps {
        let key = steps.fold_in(number);
        let start = Instant::now();
        let loss;
        ((params, moments, state), loss) = step((params, moments, state), &key);
        losses.push(loss.item::<f32>());
        seconds.push(start.elapsed().as_secs_f64());
    }
    let peak_bytes = graxe::peak_bytes();
    if options.explain {
        let key = steps.fold_in(options.steps);
        let mut before = Some((params, moments, state));
        let mut after = None;
        let explanation = step.explain(|f| {
            after = before.take().map(|before| f(before, &key));
        });
        eprintln!("{explanation}");
        ((params, _, state), _) = after.ok_or("the step was not run")?;
    }
    let resident = peak_resident().map_or("null".to_owned(), |bytes| bytes.to_string());
    let (out, _) = network.apply(&params, &state, &inputs, &Context::eval());
    let test = accuracy(out.dense(), &data.labels, &data.test).item::<f32>();

    seconds.sort_by(f64::total_cmp);
    let (minimum, median) = (seconds[0], median(&seconds));
    println!(
        "{{\"model\":\"{}\",\"nodes\":{num_nodes},\"edges\":{num_edges},\"hidden\":{},\"step_min_s\":{minimum},\
         \"step_median_s\":{median},\"compile_s\":{compile_s},\"peak_bytes\":{peak_bytes},\
         \"peak_resident_bytes\":{resident},\"test\":{test},\"loss\":{losses:?}}}",
        model.name(),
        options.hidden
    );
    Ok(())
}

fn median(sorted: &[f64]) -> f64 {
    let middle = sorted.len() / 2;
    match sorted.len() % 2 {
        0 => f64::midpoint(sorted[middle - 1], sorted[middle]),
        _ => sorted[middle],
    }
}

/// The most memory the process has held, where Linux says so.
fn peak_resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(1024 * kilobytes)
}
