//! Layers along edges against the same formulas over dense masks of nodes and edges.

use graxe_core::random::{Key, normal, randint};
use graxe_core::{
    Array, DType, Tree, concatenate, grad, jit, leaky_relu, relu, select, sigmoid, softmax, tree,
    with_x64,
};
use graxe_graph::Graph;
use graxe_nn::message::Aggregation;
use graxe_nn::{
    Context, GatV2, GatV2Params, GraphAttention, GraphAttentionLayer, GraphSage, GraphSageParams,
    Inputs, Linear, Stateless, TransformerConv, TransformerConvParams,
};

/// Nodes and edges; isolated nodes, loops and repeats come by chance, or are all there is.
const GRAPHS: [(usize, usize); 7] = [(6, 14), (9, 8), (4, 20), (2, 9), (1, 3), (3, 0), (0, 0)];

/// A random graph with random weights, node and edge features, in `f64`.
pub(crate) struct Sample {
    pub(crate) graph: Graph,
    x: Array,
    edges: Array,
}

const IN: usize = 3;
const EDGE: usize = 2;

pub(crate) fn sample(seed: i64, nodes: usize, edges: usize) -> Sample {
    let keys = Key::new(seed).split_n(5);
    let ends = |key| match nodes {
        0 => Vec::new(),
        n => randint(key, edges, 0, n as i64, DType::U32).to_vec::<u32>(),
    };
    let weights = normal(&keys[2], edges, DType::F64);
    let (src, dst) = (ends(&keys[0]), ends(&keys[1]));
    Sample {
        graph: Graph::from_weighted_edges(nodes, &src, &dst, &weights).expect("in range"),
        x: normal(&keys[3], [nodes, IN], DType::F64),
        edges: normal(&keys[4], [edges, EDGE], DType::F64),
    }
}

/// Which edge ends at which node, for matrices in place of gathers and reductions.
struct Dense {
    /// 1 where the edge leaves the node: `[edges, nodes]`.
    src: Array,
    /// 1 where the edge ends at the node: `[edges, nodes]`.
    dst: Array,
    /// Where the edge ends at the node: `[nodes, edges + 1, 1]`; the last edge is none.
    mask: Array,
}

impl Dense {
    fn new(graph: &Graph) -> Self {
        let one_hot = |ends: &[u32]| {
            let mut data = vec![0f64; ends.len() * graph.num_nodes()];
            for (e, &node) in ends.iter().enumerate() {
                data[e * graph.num_nodes() + node as usize] = 1.0;
            }
            Array::from_vec(data, [ends.len(), graph.num_nodes()])
        };
        let dst = one_hot(&graph.pattern().row());
        let none = Array::zeros([1, graph.num_nodes()], DType::F64);
        let mask = concatenate(&[&dst, &none], 0).t().expand_dims(2).greater(0);
        Self {
            src: one_hot(graph.pattern().col()),
            dst,
            mask,
        }
    }

    /// Messages seen by every node, `fill` where they do not arrive: `[nodes, edges + 1, F]`.
    fn seen(&self, messages: &Array, fill: f64) -> Array {
        let none = Array::zeros([1, messages.shape()[1]], DType::F64);
        let all = concatenate(&[messages, &none], 0).expand_dims(0);
        select(&self.mask, all, fill)
    }

    /// The softmax of `scores: [edges, heads]` over the edges into a node: `[nodes, edges, heads]`.
    fn attention(&self, scores: &Array) -> Array {
        let edges = scores.shape()[0];
        let weights = softmax(&self.seen(scores, -1e30), 1);
        let weights = select(&self.mask, weights, 0);
        weights.index((.., ..edges as isize))
    }

    /// `Σ_e attention[i, e, h] · messages[e, h, f]`: `[nodes, heads, F]`.
    fn weigh(attention: &Array, messages: &Array) -> Array {
        (attention.expand_dims(-1) * messages.expand_dims(0)).sum(1)
    }

    fn aggregate(&self, messages: &Array, how: Aggregation) -> Array {
        let count = self.dst.sum(0).expand_dims(1);
        match how {
            Aggregation::Sum => self.dst.t().matmul(messages),
            Aggregation::Mean => self.dst.t().matmul(messages) / count.maximum(1),
            Aggregation::Max => {
                let most = self.seen(messages, -1e30).max(1);
                select(&count.greater(0).broadcast_to(most.shape()), most, 0)
            }
            other => panic!("no reference for {other:?}"),
        }
    }
}

fn linear(map: &Linear, x: &Array) -> Array {
    let out = x.matmul(&map.weight);
    match &map.bias {
        Some(bias) => out + bias,
        None => out,
    }
}

fn in_f64<P: Tree>(params: &P) -> P {
    // Off zero, where biases begin.
    tree::map(params, |x| x.astype(DType::F64) + 0.1)
}

fn assert_close(got: &Array, want: &Array, what: &str) {
    assert_eq!(got.shape(), want.shape(), "{what}");
    for (x, y) in got.to_vec::<f64>().into_iter().zip(want.to_vec::<f64>()) {
        let near = (x - y).abs() <= 1e-5 * (1.0 + y.abs());
        assert!(near, "{what}: {x} is not {y}");
    }
}

/// A layer and its reference: the same values, the same gradients in parameters, node and edge features, compiled or not.
fn agree<P: Tree + Clone + Send + Sync>(
    what: &str,
    params: &P,
    sample: &Sample,
    layer: impl Fn(&P, &Inputs) -> Array + Send + Sync,
    reference: impl Fn(&P, &Dense, &Array, &Array) -> Array + Send + Sync,
) {
    let dense = Dense::new(&sample.graph);
    let layer = |(p, x, e): &(P, Array, Array)| {
        let inputs = Inputs::on_graph(x.clone(), &sample.graph).with_edges(e.clone());
        layer(p, &inputs)
    };
    let reference = |(p, x, e): &(P, Array, Array)| reference(p, &dense, x, e);
    let all = (params.clone(), sample.x.clone(), sample.edges.clone());
    let want = reference(&all);
    assert_close(&layer(&all), &want, what);
    assert_close(&jit(layer)(&all), &want, &format!("{what}, compiled"));
    // Weighed unevenly, so that no derivative cancels.
    let uneven = normal(&Key::new(77), want.shape(), DType::F64);
    let wants = grad(|all: &_| (reference(all) * &uneven).sum(..))(&all);
    let loss = |all: &_| (layer(all) * &uneven).sum(..);
    let gradients = [
        (grad(loss)(&all), "plain"),
        (jit(grad(loss))(&all), "compiled"),
    ];
    for (got, how) in gradients {
        let paths = tree::named_leaves(&all).into_iter().map(|(path, _)| path);
        let pairs = tree::arrays(&got).into_iter().zip(tree::arrays(&wants));
        for (path, (got, want)) in paths.zip(pairs) {
            assert_close(&got, &want, &format!("{what}, {how} gradient in {path}"));
        }
    }
}

/// Every graph, then random sizes, with another seed for each.
fn each_graph(check: impl Fn(&str, &Sample)) {
    let sizes = |most| randint(&Key::new(most), 16, 0, most, DType::I32).to_vec::<i32>();
    let random = sizes(13).into_iter().zip(sizes(41));
    let random = random.map(|(nodes, edges)| (nodes as usize, edges.min(nodes * 40) as usize));
    for (seed, (nodes, edges)) in GRAPHS.into_iter().chain(random).enumerate() {
        let sample = sample(seed as i64, nodes, edges);
        with_x64(|| check(&format!("{nodes} nodes, {edges} edges"), &sample));
    }
}

/// `[n, heads · F]` as `[n, heads, F]`.
fn split(x: &Array, heads: usize) -> Array {
    let [n, width] = [x.shape()[0], x.shape()[1]];
    x.reshape([n as isize, heads as isize, (width / heads) as isize])
}

fn join(x: &Array) -> Array {
    let [n, heads, features] = [x.shape()[0], x.shape()[1], x.shape()[2]];
    x.reshape([n as isize, (heads * features) as isize])
}

fn gather(one_hot: &Array, x: &Array, heads: usize) -> Array {
    split(&one_hot.matmul(x), heads)
}

fn dense_gat(p: &GraphAttention, dense: &Dense, x: &Array, e: &Array, heads: usize) -> Array {
    let h = split(&x.matmul(&p.weight), heads);
    let at = |ends: &Array, x: &Array| ends.matmul(x);
    let mut scores =
        at(&dense.src, &(&h * &p.source).sum(-1)) + at(&dense.dst, &(&h * &p.destination).sum(-1));
    if let Some(edge) = &p.edge {
        scores = scores + (split(&e.matmul(&edge.weight), heads) * &edge.vector).sum(-1);
    }
    let src = gather(&dense.src, &x.matmul(&p.weight), heads);
    Dense::weigh(&dense.attention(&leaky_relu(&scores, 0.2)), &src)
}

#[test]
fn gat_is_its_formula_over_masks() {
    each_graph(|what, sample| {
        let layers = [
            GraphAttentionLayer::new(2)
                .with_edge_features(EDGE)
                .heads(2),
            GraphAttentionLayer::new(8).heads(8),
            GraphAttentionLayer::new(3).without_bias().heads(1),
        ];
        for (layer, heads) in layers.into_iter().zip([2, 8, 1]) {
            let params = in_f64(&layer.parameters(&Key::new(5), &[1, IN]).1);
            let forward = |p: &GraphAttention, inputs: &Inputs| {
                let out = layer.forward(p, inputs, &Context::eval());
                out.dense().clone()
            };
            agree(what, &params, sample, forward, |p, dense, x, e| {
                let out = join(&dense_gat(p, dense, x, e, heads));
                p.bias.as_ref().map_or(out.clone(), |bias| out + bias)
            });
        }
    });
}

/// A whole matrix of ones and zeros in place of the edges, each of which is there once.
#[test]
fn gat_of_a_dense_adjacency_is_that_of_its_edges() {
    each_graph(|what, sample| {
        let graph = sample.graph.without_duplicates();
        let nodes = graph.num_nodes();
        let mut mask = vec![0f64; nodes * nodes];
        let pattern = graph.pattern();
        for (row, &col) in pattern.row().into_iter().zip(pattern.col()) {
            mask[row as usize * nodes + col as usize] = 1.0;
        }
        let mask = Array::from_vec(mask, [nodes, nodes]);
        for layer in [
            GraphAttentionLayer::new(4).heads(2),
            GraphAttentionLayer::new(3).heads(2).averaged(),
        ] {
            let params = in_f64(&layer.parameters(&Key::new(8), &[1, IN]).1);
            let sparse = Inputs::on_graph(sample.x.clone(), &graph);
            let dense = Inputs::new(sample.x.clone()).with_adjacency(mask.clone());
            let out = |p: &GraphAttention, inputs: &Inputs| {
                let out = layer.forward(p, inputs, &Context::eval());
                out.dense().clone()
            };
            let want = out(&params, &sparse);
            assert_close(&out(&params, &dense), &want, what);
            let uneven = normal(&Key::new(78), want.shape(), DType::F64);
            let loss = |p: &GraphAttention, x: &Array, inputs: &Inputs| {
                (out(p, &inputs.with_nodes(x.clone())) * &uneven).sum(..)
            };
            let gradients = |inputs: &Inputs| {
                let of = |all: &(GraphAttention, Array)| loss(&all.0, &all.1, inputs);
                tree::arrays(&grad(of)(&(params.clone(), sample.x.clone())))
            };
            for (got, want) in gradients(&dense).iter().zip(&gradients(&sparse)) {
                assert_close(got, want, what);
            }
        }
    });
}

/// Large enough that what goes along edges is made again in each sweep.
#[test]
fn gat_v2_of_many_edges_is_its_formula_over_masks() {
    let sample = sample(1, 120, 700);
    with_x64(|| {
        let plain = GatV2::new(32, 2);
        for layer in [plain, plain.with_edge_features(EDGE)] {
            let params = in_f64(&layer.parameters(&Key::new(5), &[1, IN]).1);
            let forward = |p: &GatV2Params, inputs: &Inputs| {
                let out = layer.forward(p, inputs, &Context::eval());
                out.dense().clone()
            };
            agree("many edges", &params, &sample, forward, |p, dense, x, e| {
                let out = join(&dense_gat_v2(p, dense, x, e, 2));
                p.bias.as_ref().map_or(out.clone(), |bias| out + bias)
            });
        }
    });
}

fn dense_gat_v2(p: &GatV2Params, dense: &Dense, x: &Array, e: &Array, heads: usize) -> Array {
    let src = gather(&dense.src, &linear(&p.src, x), heads);
    let dst = linear(p.dst.as_ref().unwrap_or(&p.src), x);
    let mut ends = &src + gather(&dense.dst, &dst, heads);
    if let Some(map) = &p.edge {
        ends = ends + split(&linear(map, e), heads);
    }
    let scores = (leaky_relu(&ends, 0.2) * &p.attention).sum(-1);
    Dense::weigh(&dense.attention(&scores), &src)
}

#[test]
fn gat_v2_is_its_formula_over_masks() {
    each_graph(|what, sample| {
        let layers = [
            GatV2::new(4, 2).with_edge_features(EDGE),
            GatV2::new(4, 2).with_shared_weights(),
            GatV2::new(3, 1).without_bias(),
        ];
        for (layer, heads) in layers.into_iter().zip([2, 2, 1]) {
            let params = in_f64(&layer.parameters(&Key::new(5), &[1, IN]).1);
            let forward = |p: &GatV2Params, inputs: &Inputs| {
                let out = layer.forward(p, inputs, &Context::eval());
                out.dense().clone()
            };
            agree(what, &params, sample, forward, |p, dense, x, e| {
                let out = join(&dense_gat_v2(p, dense, x, e, heads));
                p.bias.as_ref().map_or(out.clone(), |bias| out + bias)
            });
        }
        let layer = GatV2::averaged(2, 3);
        let (shape, params) = layer.parameters(&Key::new(6), &[1, IN]);
        assert_eq!(shape, [1, 2]);
        let forward = |p: &GatV2Params, inputs: &Inputs| {
            let out = layer.forward(p, inputs, &Context::eval());
            out.dense().clone()
        };
        agree(what, &in_f64(&params), sample, forward, |p, dense, x, e| {
            dense_gat_v2(p, dense, x, e, 3).mean(1) + p.bias.as_ref().expect("a bias")
        });
    });
}

fn dense_transformer(
    p: &TransformerConvParams,
    dense: &Dense,
    x: &Array,
    e: &Array,
    heads: usize,
) -> Array {
    let query = gather(&dense.dst, &linear(&p.query, x), heads);
    let mut key = gather(&dense.src, &linear(&p.key, x), heads);
    let mut value = gather(&dense.src, &linear(&p.value, x), heads);
    if let Some(map) = &p.edge {
        let features = split(&linear(map, e), heads);
        key = key + &features;
        value = value + &features;
    }
    let width = query.shape()[2] as f64;
    let scores = (query * key).sum(-1) / width.sqrt();
    Dense::weigh(&dense.attention(&scores), &value)
}

#[test]
fn transformer_is_its_formula_over_masks() {
    each_graph(|what, sample| {
        let layers = [
            TransformerConv::new(4, 2)
                .with_edge_features(EDGE)
                .with_gate(),
            TransformerConv::new(4, 2).without_bias(),
            TransformerConv::new(3, 1).without_root(),
        ];
        for (layer, heads) in layers.into_iter().zip([2, 2, 1]) {
            let params = in_f64(&layer.parameters(&Key::new(7), &[1, IN]).1);
            let forward = |p: &TransformerConvParams, inputs: &Inputs| {
                let out = layer.forward(p, inputs, &Context::eval());
                out.dense().clone()
            };
            agree(what, &params, sample, forward, |p, dense, x, e| {
                let received = join(&dense_transformer(p, dense, x, e, heads));
                let Some(root) = &p.root else {
                    return received;
                };
                let own = linear(root, x);
                let Some(gate) = &p.gate else {
                    return received + own;
                };
                let sides = concatenate(&[&received, &own, &(&received - &own)], 1);
                let gate = sigmoid(&linear(gate, &sides));
                &gate * own + (1 - &gate) * received
            });
        }
    });
}

#[test]
fn sage_is_its_formula_over_masks() {
    each_graph(|what, sample| {
        // Narrower and wider than the input, so that the product comes first and last.
        for how in [Aggregation::Mean, Aggregation::Sum, Aggregation::Max] {
            for (layer, normalized) in [
                (GraphSage::new(2), false),
                (GraphSage::new(5).projected(), false),
                (GraphSage::new(2).normalized().without_bias(), true),
                (GraphSage::new(5).without_root(), false),
            ] {
                let layer = layer.with_aggregation(how);
                let params = in_f64(&layer.parameters(&Key::new(8), &[1, IN]).1);
                let forward = |p: &GraphSageParams, inputs: &Inputs| {
                    let out = layer.forward(p, inputs, &Context::eval());
                    out.dense().clone()
                };
                agree(what, &params, sample, forward, |p, dense, x, _| {
                    let sources = p.project.as_ref();
                    let sources = sources.map_or(x.clone(), |map| relu(&linear(map, x)));
                    let received = dense.aggregate(&dense.src.matmul(&sources), how);
                    let mut out = linear(&p.neighbours, &received);
                    if let Some(root) = &p.root {
                        out = out + linear(root, x);
                    }
                    if normalized {
                        &out / out.square().sum(1).expand_dims(1).sqrt()
                    } else {
                        out
                    }
                });
            }
        }
    });
}
