//! Data parallel training on several devices of one host, and the same training on one.
//!
//! Every device has the parameters and a part of the batch. The loss is the mean over the devices
//! (`pmean`), its gradient therefore everybody's, and all take the same step. `GRAXE_DEVICES` or
//! `set_devices` says how many devices the host counts as; each has a share of the threads.

use graxe::prelude::*;
use graxe::set_devices;

const DEVICES: usize = 4;
const STEPS: usize = 50;

#[derive(Tree, Clone)]
struct Network {
    hidden: Array,
    bias: Array,
    output: Array,
}

fn loss(network: &Network, x: &Array, y: &Array) -> Array {
    let hidden = (x.matmul(&network.hidden) + &network.bias).tanh();
    (hidden.matmul(&network.output) - y).square().mean(..)
}

fn descend(network: &Network, gradient: &Network) -> Network {
    tree::map2(network, gradient, |p, g| p - 0.1 * g)
}

/// The step of one device: its own part of the batch, everybody's gradient.
///
/// The parameters are one value that all devices share, so that a gradient in them is summed over the
/// devices by itself, in the transpose of sharing. A mean is therefore taken of the loss, not of the gradient: `pmean` of
/// `grad(loss)` would be the sum of the parts' gradients.
fn step(network: &Network, x: &Array, y: &Array) -> (Network, Array) {
    let everybody = |network: &Network| pmean(&loss(network, x, y), "devices");
    let (loss, gradient) = value_and_grad(everybody)(network);
    (descend(network, &gradient), loss)
}

fn main() {
    set_devices(DEVICES);
    let [first, second] = Key::new(0).split();
    let network = Network {
        hidden: random::normal(&first, [3, 16], DType::F32) / 2,
        bias: Array::zeros(16, DType::F32),
        output: random::normal(&second, 16, DType::F32) / 4,
    };
    let x = random::normal(&Key::new(1), [256, 3], DType::F32);
    let y = (x.index((.., 0)) * x.index((.., 1))).sin() + x.index((.., 2));

    // The batch in as many parts as there are devices, along a new leading axis.
    let parts = |a: &Array| {
        let mut shape: Vec<isize> = a.shape().iter().map(|&n| n as isize).collect();
        shape[0] = -1;
        shape.insert(0, DEVICES as isize);
        a.reshape_dyn(&shape)
    };
    let (xs, ys) = (parts(&x), parts(&y));

    // Parameters are shared, going in and coming out; so is the loss.
    let axes = || {
        BatchAxes::inputs([None, Some(0), Some(0)])
            .output(None)
            .name("devices")
    };
    let parallel = pmap_with(step, axes());
    let batched = jit(vmap_with(step, axes()));
    let whole = jit(|network: &Network, x: &Array, y: &Array| {
        let (loss, gradient) = value_and_grad(loss)(network, x, y);
        (descend(network, &gradient), loss)
    });

    let [mut on_devices, mut as_batch, mut alone] = [(); 3].map(|()| network.clone());
    let mut losses = Vec::new();
    for _ in 0..STEPS {
        let loss;
        (on_devices, loss) = parallel(&on_devices, &xs, &ys);
        (as_batch, _) = batched(&as_batch, &xs, &ys);
        (alone, _) = whole(&alone, &x, &y);
        losses.push(loss.item::<f32>());
    }
    let (before, after) = (losses[0], losses[STEPS - 1]);
    println!("loss on {DEVICES} devices: {before:.4} at first, {after:.4} after {STEPS} steps");
    assert!(after < before / 2.0);

    // The bits of `vmap` with the same name: devices change where it runs, not what.
    let bits = |network: &Network| -> Vec<u32> {
        let arrays = tree::arrays(network);
        let all = arrays.iter().flat_map(Array::to_vec::<f32>);
        all.map(f32::to_bits).collect()
    };
    assert_eq!(bits(&on_devices), bits(&as_batch));
    println!("the same bits as the batched step on one device");

    // One mean over all examples adds them in another order than a mean of four means.
    let apart = tree::map2(&on_devices, &alone, |a, b| (a - b).abs().max(..));
    let apart = tree::arrays(&apart)
        .iter()
        .map(Array::item::<f32>)
        .fold(0.0, f32::max);
    println!("apart from the whole batch at once: {apart:.1e}");
    assert!(apart < 1e-5);
}
