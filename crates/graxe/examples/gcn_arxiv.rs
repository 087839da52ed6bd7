//! A deep graph convolutional network with batch normalisation, of the size of ogbn-arxiv if asked for.
//!
//! Prints one JSON line: seconds a step, memory, the loss of every step. Without arguments it
//! trains on a small made-up graph; `cargo xtask bench arxiv` passes a folder of the full size.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Instant;

use graxe::graph::normalise;
use graxe::nn::{
    Context, Dropout, GraphConvolution, Inputs, Layer, accuracy, cross_entropy, lambda, optim,
    serial,
};
use graxe::prelude::*;
use optim::GradientTransformation;

fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::parse(std::env::args().skip(1))?;
    let data = match &options.data {
        Some(folder) => Data::read(folder)?,
        None => Data::synthetic(&options, &Key::new(options.seed))?,
    };
    let inputs = Inputs::on_graph(data.features.clone(), &normalise::gcn(&data.graph));
    let (num_nodes, num_edges) = (data.graph.num_nodes(), data.graph.num_edges());

    let network = network(options.hidden, data.num_classes);
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
        "{{\"nodes\":{num_nodes},\"edges\":{num_edges},\"hidden\":{},\"step_min_s\":{minimum},\
         \"step_median_s\":{median},\"compile_s\":{compile_s},\"peak_bytes\":{peak_bytes},\
         \"peak_resident_bytes\":{resident},\"test\":{test},\"loss\":{losses:?}}}",
        options.hidden
    );
    Ok(())
}

/// Two blocks of convolution, normalisation, relu and dropout, and a convolution to the classes.
fn network(hidden: usize, classes: usize) -> impl Layer {
    let block = || {
        serial((
            GraphConvolution::new(hidden),
            BatchNorm,
            lambda(relu),
            Dropout::new(0.5),
        ))
    };
    serial((block(), block(), GraphConvolution::new(classes)))
}

/// Every feature less its mean over the nodes, divided by its deviation, then scaled and shifted.
///
/// Evaluation uses running means, which move a tenth of the way at every step, as in PyTorch.
///
/// # Reference
/// Ioffe and Szegedy, Batch normalization, 2015, algorithm 1.
struct BatchNorm;

#[derive(Tree, Clone)]
struct Affine {
    scale: Array,
    shift: Array,
}

#[derive(Tree, Clone)]
struct Running {
    mean: Array,
    variance: Array,
}

impl BatchNorm {
    const EPSILON: f64 = 1e-5;
    const MOMENTUM: f64 = 0.1;
}

impl Layer for BatchNorm {
    type Params = Affine;
    type State = Running;

    fn init(&self, _: &Key, input_shape: &[usize]) -> (Vec<usize>, Affine, Running) {
        let features = input_shape[input_shape.len() - 1];
        let (zeros, ones) = (
            Array::zeros(features, DType::F32),
            Array::ones(features, DType::F32),
        );
        let params = Affine {
            scale: ones.clone(),
            shift: zeros.clone(),
        };
        let running = Running {
            mean: zeros,
            variance: ones,
        };
        (input_shape.to_vec(), params, running)
    }

    fn apply(
        &self,
        params: &Affine,
        running: &Running,
        inputs: &Inputs,
        context: &Context,
    ) -> (Inputs, Running) {
        let x = inputs.dense();
        let normalise = |centred: Array, variance: &Array| {
            let normal = centred * (variance + Self::EPSILON).rsqrt();
            inputs.with_nodes(normal * &params.scale + &params.shift)
        };
        if !context.is_training() {
            let out = normalise(x - &running.mean, &running.variance);
            return (out, running.clone());
        }
        let num_nodes = x.shape()[0] as f64;
        let mean = x.mean(0);
        let centred = x - &mean;
        let variance = centred.square().mean(0);
        let moved = |old: &Array, new: &Array| {
            (1.0 - Self::MOMENTUM) * old + Self::MOMENTUM * new.stop_gradient()
        };
        let next = Running {
            mean: moved(&running.mean, &mean),
            variance: moved(
                &running.variance,
                &(&variance * (num_nodes / (num_nodes - 1.0))),
            ),
        };
        (normalise(centred, &variance), next)
    }
}

/// What is trained, and on what.
struct Options {
    /// A folder with a graph to read in place of the made-up one.
    data: Option<PathBuf>,
    nodes: usize,
    edges: usize,
    features: usize,
    classes: usize,
    hidden: usize,
    steps: u32,
    seed: i64,
    /// Whether to print what a step compiles to, and its times.
    explain: bool,
}

impl Options {
    fn parse(mut words: impl Iterator<Item = String>) -> Result<Self, Box<dyn Error>> {
        let mut options = Self {
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
        Ok(options)
    }
}

fn positive(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(number) if number > 0 => Ok(number),
        _ => Err(format!("{text} is not a whole number of at least 1")),
    }
}

/// A graph with dense features `[num_nodes, features]` and a class for every node.
struct Data {
    graph: Graph,
    features: Array,
    labels: Array,
    num_classes: usize,
    train: Array,
    test: Array,
}

impl Data {
    /// Reads a folder of little-endian numbers of four bytes: `edges.u32` (all sources, then all
    /// destinations), `features.f32`, `labels.i32`, `train.i32` and `test.i32`.
    fn read(folder: &Path) -> Result<Self, Box<dyn Error>> {
        let edges = numbers(folder, "edges.u32", u32::from_le_bytes)?;
        let features = numbers(folder, "features.f32", f32::from_le_bytes)?;
        let labels = numbers(folder, "labels.i32", i32::from_le_bytes)?;
        let train = numbers(folder, "train.i32", i32::from_le_bytes)?;
        let test = numbers(folder, "test.i32", i32::from_le_bytes)?;
        let (src, dst) = edges.split_at(edges.len() / 2);
        Self::assemble((src, dst), features, labels, train, test)
    }

    /// A degree-corrected block model: ends of edges are drawn by weights from a Pareto
    /// distribution, 65 of 100 edges stay within their class, and features are normal numbers
    /// around a mean for each class. Half of the nodes are for training, the others for tests.
    fn synthetic(options: &Options, key: &Key) -> Result<Self, Box<dyn Error>> {
        let &Options { nodes, edges, .. } = options;
        let keys = key.split_n(8);
        let uniform = |key: &Key, n: usize| random::uniform(key, n, DType::F32).to_vec::<f32>();
        let labels = random::randint(&keys[0], nodes, 0, options.classes as i64, DType::I32);
        let classes = labels.to_vec::<i32>();

        // Nodes sorted by class, with running sums of their weights: a class is a range of both.
        let mut order: Vec<usize> = (0..nodes).collect();
        order.sort_by_key(|&node| classes[node]);
        let weights = uniform(&keys[1], nodes);
        let mut total = 0.0;
        let mut sums = vec![total];
        for _ in &order {
            total += f64::from(1.0 - weights[sums.len() - 1]).powf(-1.0 / 1.8);
            sums.push(total);
        }
        let draw = |range: (usize, usize), share: f32| {
            let (low, high) = (sums[range.0], sums[range.1]);
            let place = low + f64::from(share) * (high - low);
            order[(sums.partition_point(|&sum| sum <= place) - 1).min(range.1 - 1)]
        };
        let range_of = |class: i32| {
            let start = order.partition_point(|&node| classes[node] < class);
            (start, order.partition_point(|&node| classes[node] <= class))
        };
        let [starts, stays, ends] = [2, 3, 4].map(|key| uniform(&keys[key], edges));
        let (mut src, mut dst) = (Vec::new(), Vec::new());
        for ((&start, &stay), &end) in starts.iter().zip(&stays).zip(&ends) {
            let from = draw((0, nodes), start);
            let range = if stay < 0.65 {
                range_of(classes[from])
            } else {
                (0, nodes)
            };
            src.push(from as u32);
            dst.push(draw(range, end) as u32);
        }

        let means = random::normal(&keys[5], [options.classes, options.features], DType::F32);
        let noise = random::normal(&keys[6], [nodes, options.features], DType::F32);
        let features = 0.3 * means.take(&labels, 0) + noise;
        let (train, test) = (0..nodes as i32).partition(|node| node % 2 == 0);
        Self::assemble((&src, &dst), features.to_vec(), classes, train, test)
    }

    fn assemble(
        (src, dst): (&[u32], &[u32]),
        features: Vec<f32>,
        labels: Vec<i32>,
        train: Vec<i32>,
        test: Vec<i32>,
    ) -> Result<Self, Box<dyn Error>> {
        let num_nodes = labels.len();
        let graph = Graph::from_edges(num_nodes, src, dst)?;
        let width = features.len() / num_nodes.max(1);
        if features.len() != num_nodes * width {
            return Err(format!("{} features for {num_nodes} nodes", features.len()).into());
        }
        let vector = |numbers: Vec<i32>| {
            let length = numbers.len();
            Array::from_vec(numbers, length)
        };
        Ok(Self {
            graph: graph.without_self_loops().undirected(),
            features: Array::from_vec(features, [num_nodes, width]),
            num_classes: labels.iter().max().map_or(0, |&last| last as usize + 1),
            labels: vector(labels),
            train: vector(train),
            test: vector(test),
        })
    }
}

fn numbers<T>(folder: &Path, file: &str, of: fn([u8; 4]) -> T) -> Result<Vec<T>, Box<dyn Error>> {
    let path = folder.join(file);
    let bytes = std::fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let (words, rest) = bytes.as_chunks();
    if !rest.is_empty() {
        return Err(format!("{}: not whole numbers of four bytes", path.display()).into());
    }
    Ok(words.iter().map(|&word| of(word)).collect())
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
