//! Layers along edges against the same formulas over dense masks of nodes and edges, and what they refuse.

use graxe_core::random::{Key, normal, randint};
use graxe_core::{
    Array, DType, Tree, concatenate, grad, jit, leaky_relu, relu, select, sigmoid, softmax, tree,
    with_x64,
};
use graxe_graph::{Graph, normalise};
use graxe_nn::message::Aggregation;
use graxe_nn::{
    Appnp, ChebConv, Context, GatV2, GatV2Params, Gcnii, Gin, GraphConv, GraphSage,
    GraphSageParams, Inputs, Layer, Linear, Matrix, Sgc, Stateless, TransformerConv,
    TransformerConvParams,
};

/// Nodes and edges; isolated nodes, loops and repeats come by chance, or are all there is.
const GRAPHS: [(usize, usize); 7] = [(6, 14), (9, 8), (4, 20), (2, 9), (1, 3), (3, 0), (0, 0)];

/// A random graph with random weights, node and edge features, in `f64`.
struct Sample {
    graph: Graph,
    x: Array,
    edges: Array,
}

const IN: usize = 3;
const EDGE: usize = 2;

fn sample(seed: i64, nodes: usize, edges: usize) -> Sample {
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
    fn weigh(&self, attention: &Array, messages: &Array) -> Array {
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
    for (got, how) in [
        (grad(loss)(&all), "plain"),
        (jit(grad(loss))(&all), "compiled"),
    ] {
        let paths = tree::named_leaves(&all).into_iter().map(|(path, _)| path);
        let pairs = tree::arrays(&got).into_iter().zip(tree::arrays(&wants));
        for (path, (got, want)) in paths.zip(pairs) {
            assert_close(&got, &want, &format!("{what}, {how} gradient in {path}"));
        }
    }
}

/// Every graph, with another seed for each.
fn each_graph(check: impl Fn(&str, &Sample)) {
    for (seed, (nodes, edges)) in GRAPHS.into_iter().enumerate() {
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

fn dense_gat_v2(p: &GatV2Params, dense: &Dense, x: &Array, e: &Array, heads: usize) -> Array {
    let src = gather(&dense.src, &linear(&p.src, x), heads);
    let dst = linear(p.dst.as_ref().unwrap_or(&p.src), x);
    let mut ends = &src + gather(&dense.dst, &dst, heads);
    if let Some(map) = &p.edge {
        ends = ends + split(&linear(map, e), heads);
    }
    let scores = (leaky_relu(&ends, 0.2) * &p.attention).sum(-1);
    dense.weigh(&dense.attention(&scores), &src)
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
    dense.weigh(&dense.attention(&scores), &value)
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
            for layer in [
                GraphSage::new(2),
                GraphSage::new(5).projected(),
                GraphSage::new(2).normalized().without_bias(),
                GraphSage::new(5).without_root(),
            ] {
                let layer = layer.with_aggregation(how);
                let normalized = format!("{layer:?}").contains("normalize: true");
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

/// The output of a layer without state whose parameters are drawn with one key, in evaluation.
fn output<L: Layer>(layer: &L, inputs: &Inputs) -> Array {
    let shape = inputs.nodes.shape();
    let (out_shape, params, state) = layer.init(&Key::new(9), &shape);
    let (out, _) = layer.apply(&params, &state, inputs, &Context::eval());
    assert_eq!(out.dense().shape()[..], out_shape[..]);
    out.dense().clone()
}

/// A graph of 7 nodes and its inputs in `f32`: dense, sparse features, dense adjacency.
fn forms() -> [Inputs; 3] {
    let graph = sample(3, 7, 15).graph;
    let graph = Graph {
        adjacency: graph
            .adjacency
            .with_values(graph.adjacency.values.astype(DType::F32)),
    };
    let features = sample(4, 7, 12).graph.adjacency;
    let features = features.with_values(features.values.astype(DType::F32));
    let dense = Inputs::on_graph(features.to_dense(), &graph);
    [
        dense.clone(),
        dense.with_nodes(features),
        dense.with_adjacency(graph.adjacency.to_dense()),
    ]
}

fn near(a: &Array, b: &Array) {
    assert_eq!(a.shape(), b.shape());
    for (x, y) in a.to_vec::<f32>().into_iter().zip(b.to_vec::<f32>()) {
        assert!((x - y).abs() < 1e-4 * (1.0 + y.abs()), "{x} is not {y}");
    }
}

#[test]
fn sparse_features_and_dense_adjacencies_give_the_same() {
    fn check<L: Layer>(layer: &L, sparse_features: bool, dense_adjacency: bool) {
        let [dense, sparse, whole] = forms();
        let want = output(layer, &dense);
        if sparse_features {
            near(&output(layer, &sparse), &want);
        }
        if dense_adjacency {
            near(&output(layer, &whole), &want);
        }
    }
    check(&GatV2::new(4, 2), true, false);
    check(&TransformerConv::new(4, 2), true, false);
    check(&GraphSage::new(9), true, false);
    check(&GraphConv::new(3), true, false);
    check(&GraphConv::new(9), true, false);
    check(&Sgc::new(3, 2), true, true);
    check(&ChebConv::new(3, 4), true, true);
    check(&Appnp::new(3, 0.2), false, true);
    check(&Gcnii::new(3), false, true);
}

#[test]
fn clenshaw_sums_the_polynomials() {
    let [inputs, ..] = forms();
    let laplacian = match &inputs.adjacency {
        Some(Matrix::Sparse(a)) => a.clone(),
        _ => panic!("the first form is sparse"),
    };
    let layer = ChebConv::new(3, 4);
    let (_, params) = layer.parameters(&Key::new(9), &[7, 7]);
    let x = inputs.dense();
    let mut terms = vec![x.clone(), laplacian.matmul(x)];
    for k in 2..4 {
        terms.push(2 * laplacian.matmul(&terms[k - 1]) - &terms[k - 2]);
    }
    let terms = terms.iter().zip(&params.weights);
    let want = terms.map(|(t, w)| t.matmul(w)).reduce(|a, b| a + b);
    near(&output(&layer, &inputs), &want.expect("terms"));
}

#[test]
fn gcnii_begins_as_its_formula_says() {
    let [inputs, ..] = forms();
    let layer = Gcnii::new(2).with_alpha(0.3).with_theta(0.7);
    let (_, params) = layer.parameters(&Key::new(9), &[7, 7]);
    let x0 = inputs.dense();
    let mut x = x0.clone();
    for (l, p) in (1..).zip(&params.layers) {
        let beta = (0.7 / f64::from(l) + 1.0).ln();
        let a = inputs.adjacency.as_ref().expect("a graph");
        let t = 0.7 * a.matmul(&x) + 0.3 * x0;
        x = relu(&((1.0 - beta) * &t + beta * t.matmul(&p.weight)));
    }
    near(&output(&layer, &inputs), &x);
}

#[test]
fn gin_weighs_a_node_itself() {
    let [inputs, ..] = forms();
    let layer = Gin::mlp(5, 2);
    let same = Gin::mlp(5, 2).with_eps(0.5);
    let trained = Gin::mlp(5, 2).with_eps(0.5).with_trained_eps();
    let (_, params, state) = trained.init(&Key::new(9), &[7, 7]);
    assert_eq!(params.eps.expect("trained").to_vec::<f32>(), [0.5]);
    assert!(layer.init(&Key::new(9), &[7, 7]).1.eps.is_none());
    let want = output(&same, &inputs);
    near(&output(&trained, &inputs), &want);
    let other = output(&layer, &inputs);
    assert!((other - want).abs().max(..).item::<f32>() > 1e-3);
    drop(state);
}

#[test]
fn attention_and_propagation_drop_out_in_training_alone() {
    let [inputs, ..] = forms();
    fn check<L: Layer>(thin: &L, whole: &L, inputs: &Inputs) {
        near(&output(thin, inputs), &output(whole, inputs));
        let (_, params, state) = thin.init(&Key::new(9), &inputs.nodes.shape());
        let context = Context::train(&Key::new(1));
        let (trained, _) = thin.apply(&params, &state, inputs, &context);
        let apart = trained.dense() - output(whole, inputs);
        assert!(apart.abs().max(..).item::<f32>() > 1e-3);
        assert!(
            trained
                .dense()
                .to_vec::<f32>()
                .iter()
                .all(|x| x.is_finite())
        );
    }
    check(
        &GatV2::new(4, 2).with_dropout(0.5),
        &GatV2::new(4, 2),
        &inputs,
    );
    check(
        &TransformerConv::new(4, 2).with_dropout(0.5),
        &TransformerConv::new(4, 2),
        &inputs,
    );
    check(
        &Appnp::new(3, 0.1).with_dropout(0.5),
        &Appnp::new(3, 0.1),
        &inputs,
    );
    check(&Gcnii::new(2).with_dropout(0.5), &Gcnii::new(2), &inputs);
}

#[test]
fn loops_carry_the_mean_of_what_arrives() {
    // Into node 1 come 2 and 4, beside a loop that does not count; into node 2 nothing.
    let values = Array::from_vec(vec![2.0f32, 9.0, 4.0, 7.0], [4, 1]);
    let graph = Graph::from_weighted_edges(3, &[0, 1, 2, 1], &[1, 1, 1, 0], &values);
    let looped = graph.expect("in range").with_mean_self_loops();
    assert_eq!(looped.pattern().row(), [0, 0, 1, 1, 1, 2]);
    assert_eq!(looped.pattern().col(), [0, 1, 0, 1, 2, 2]);
    let values = looped.adjacency.values.to_vec::<f32>();
    assert_eq!(values, [7.0, 7.0, 2.0, 3.0, 4.0, 0.0]);
    let symmetric = normalise::symmetric(&looped.adjacency);
    assert_eq!(symmetric.nnz(), 6);
}

#[test]
#[should_panic(expected = "that of shape [7,7] is dense")]
fn attention_along_edges_refuses_a_dense_adjacency() {
    let [_, _, whole] = forms();
    let _ = output(&GatV2::new(4, 2), &whole);
}

#[test]
#[should_panic(expected = "gat v2: the edges carry nothing, but there is a map [2,4]")]
fn attention_made_for_edge_features_asks_for_them() {
    let [inputs, ..] = forms();
    let _ = output(&GatV2::new(4, 2).with_edge_features(2), &inputs);
}

#[test]
#[should_panic(expected = "transformer conv: 5 features cannot be shared by 2 heads")]
fn heads_share_features_evenly() {
    let _ = TransformerConv::new(5, 2);
}
