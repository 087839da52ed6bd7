//! Optimisers beyond the recorded trajectories: masks, schedules under `jit`, options, convergence.

use graxe_core::{Array, DType, Mapped, Tree, array, grad, jit, scalar, tree, value_and_grad};
use graxe_nn::l2_norm;
use graxe_nn::optim::{
    AdamState, Centralize, GradientTransformation, NormalizeByUpdateNorm, ScaleByAdam, ScaleByRms,
    ScaleByRss, ScaleByTrustRatio, Schedule, adadelta, adagrad, adam, adamax, adamw,
    add_decayed_weights, apply_updates, clip, clip_by_block_rms, clip_by_global_norm, lamb, lion,
    masked, nadam, rmsprop, scale, scale_by_learning_rate, scale_by_schedule, sgd, trace,
};

type Pair = (Array, Array);

/// A bowl with its lowest point, where it is 0, at `([1, -2], [[3]])`.
fn bowl((x, y): &Pair) -> Array {
    let x = (x - array([1.0, -2.0])).square() * array([1.0, 4.0]);
    x.sum(..) + (y - 3).square().sum(..)
}

/// The bowl's value after that many jitted steps, which are traced once.
#[track_caller]
fn descend<G>(optimiser: G, steps: usize) -> f64
where
    G: GradientTransformation<Pair> + 'static,
{
    let mut params = (array([0.5, 0.5]), array([[1.0]]));
    let mut state = optimiser.init(&params);
    let step = jit(move |params: Pair, state: G::State| {
        let (_, gradient) = value_and_grad(bowl)(&params);
        let (updates, state) = optimiser.update(&gradient, &state, &params);
        (apply_updates(&params, &updates), state)
    });
    for _ in 0..steps {
        (params, state) = step(params, state);
    }
    assert_eq!(step.stats().traces, 1);
    bowl(&params).item()
}

#[test]
fn every_optimiser_finds_the_lowest_point() {
    let found = [
        ("sgd", descend(sgd(0.1, None), 100)),
        ("momentum", descend(sgd(0.02, Some(0.9)), 200)),
        (
            "nesterov",
            descend((trace(0.9, true), scale_by_learning_rate(0.02)), 200),
        ),
        ("adam", descend(adam(0.1), 300)),
        ("nadam", descend(nadam(0.1), 300)),
        ("adamw", descend(adamw(0.1, 1e-5), 300)),
        ("adamax", descend(adamax(0.1), 300)),
        (
            "lion",
            descend(lion(Schedule::exponential_decay(0.2, 20, 0.7), 0.0), 200),
        ),
        (
            "lamb",
            descend(lamb(Schedule::cosine_decay(0.1, 200), 0.0), 200),
        ),
        (
            "rmsprop",
            descend(rmsprop(Schedule::linear(0.1, 0.0, 200), None), 200),
        ),
        (
            "rmsprop with momentum",
            descend(rmsprop(Schedule::linear(0.02, 0.0, 300), Some(0.9)), 300),
        ),
        ("adagrad", descend(adagrad(1.0), 200)),
        ("adadelta", descend(adadelta(10.0), 400)),
        (
            "clipped",
            descend((clip_by_global_norm(1.0), sgd(0.1, None)), 200),
        ),
    ];
    for (name, left) in found {
        assert!(left < 1e-3, "{name} stays at {left}");
    }
}

#[test]
fn updates_do_not_widen_parameters() {
    let params = array([1.0, 2.0]);
    let updates = Array::from_vec(vec![0.5f64, 0.25], 2);
    let after = apply_updates(&params, &updates);
    assert_eq!(after.dtype(), params.dtype());
    assert_eq!(after.to_vec::<f32>(), [1.5, 2.25]);
}

/// The state of weights' decay and descent, no momentum between them.
type Counts = (Option<Array>, (Option<Array>, Option<Array>));

#[test]
fn a_step_with_schedules_is_traced_once_and_follows_them() {
    let rate = Schedule::warmup_cosine_decay(0.0, 0.5, 3, 9, 0.05);
    let decay = Schedule::piecewise_constant(0.1, [(4, 0.5)]);
    let optimiser = (add_decayed_weights(decay.clone()), sgd(rate.clone(), None));
    let mut state: Counts = optimiser.init(&array([1.0, -2.0]));
    let step = jit(move |gradient: &Array, state: Counts| {
        optimiser.update(gradient, &state, &array([1.0, -2.0]))
    });
    let gradient = array([0.25, 1.0]);
    for t in 0..12 {
        let (updates, next) = step(&gradient, state);
        state = next;
        let at = |s: &Schedule| s.at(&scalar(t)).item::<f64>();
        let (rate, decay) = (at(&rate), at(&decay));
        let wanted = [-rate * (0.25 + decay), -rate * (1.0 - 2.0 * decay)];
        for (got, wanted) in updates.to_vec::<f32>().into_iter().zip(wanted) {
            assert!(
                (f64::from(got) - wanted).abs() < 1e-6,
                "step {t}: {got} is not {wanted}"
            );
        }
    }
    assert_eq!(step.stats().traces, 1);
    let (decays, (_, rates)) = state;
    let counts = [decays, rates].map(|count| count.map(|c| c.item::<i32>()));
    assert_eq!(counts, [Some(12); 2]);
}

#[test]
fn a_schedule_takes_the_dtype_of_each_update() {
    let transformation = scale_by_schedule(Schedule::linear(1.0, 0.0, 4));
    let updates = (array([1.0, 2.0]), Array::from_vec(vec![1.0f64 + 1e-12], 1));
    let state = transformation.init(&updates);
    let (scaled, state) = transformation.update(&updates, &state, &updates);
    assert_eq!(
        (scaled.0.dtype(), scaled.1.dtype()),
        (DType::F32, DType::F64)
    );
    assert_eq!(scaled.1.to_vec::<f64>(), [1.0 + 1e-12]);
    let (scaled, _) = transformation.update(&updates, &state, &updates);
    assert_eq!(scaled.0.to_vec::<f32>(), [0.75, 1.5]);
}

#[test]
fn a_constant_rate_counts_nothing() {
    let params = array([1.0]);
    assert!(scale_by_learning_rate(0.1).init(&params).is_none());
    assert!(add_decayed_weights(0.1).init(&params).is_none());
    assert_eq!(tree::leaves(&sgd(0.1, None).init(&params)).len(), 0);
    let falling = scale_by_learning_rate(Schedule::linear(1.0, 0.0, 4));
    let count = falling.init(&params).unwrap();
    assert_eq!((count.dtype(), count.rank()), (DType::I32, 0));
}

#[test]
#[should_panic(expected = "the state is that of a constant")]
fn a_schedule_refuses_the_state_of_a_constant() {
    let falling = scale_by_learning_rate(Schedule::linear(1.0, 0.0, 4));
    falling.update(&array([1.0]), &None, &array([1.0]));
}

#[track_caller]
fn follows(schedule: &Schedule, wanted: &[f64]) {
    for (t, wanted) in wanted.iter().enumerate() {
        let got = schedule.at(&scalar(t as i32)).item::<f64>();
        assert!(
            (got - wanted).abs() < 1e-6,
            "step {t}: {got} is not {wanted}"
        );
    }
}

#[test]
fn schedules_without_a_way_stay_where_they_begin() {
    follows(&Schedule::linear(0.5, 1.0, 0), &[0.5; 3]);
    follows(&Schedule::polynomial(0.5, 1.0, 2.0, -1), &[0.5; 3]);
    follows(&Schedule::exponential_decay(0.5, 0, 0.1), &[0.5; 3]);
    follows(&Schedule::exponential_decay(0.5, 2, 0.0), &[0.5; 3]);
    follows(&Schedule::piecewise_constant(0.5, []), &[0.5; 3]);
    follows(&Schedule::join([0.5.into()], []), &[0.5; 3]);
    follows(
        &Schedule::warmup_cosine_decay(0.0, 0.0, 1, 2, 0.3),
        &[0.0; 3],
    );
}

#[test]
fn options_of_schedules_do_what_they_say() {
    let begun_early = Schedule::Polynomial {
        init_value: 1.0,
        end_value: 0.0,
        power: 1.0,
        transition_steps: 4,
        transition_begin: -3,
    };
    follows(&begun_early, &[1.0, 0.75, 0.5, 0.25, 0.0, 0.0]);
    let growing = Schedule::ExponentialDecay {
        init_value: 1.0,
        transition_steps: 1,
        decay_rate: 2.0,
        transition_begin: 1,
        staircase: false,
        end_value: Some(5.0),
    };
    follows(&growing, &[1.0, 1.0, 2.0, 4.0, 5.0, 5.0]);
    let squared = Schedule::CosineDecay {
        init_value: 2.0,
        decay_steps: 2,
        alpha: 0.5,
        exponent: 2.0,
    };
    follows(&squared, &[2.0, 1.25, 1.0, 1.0]);
    let unsorted = Schedule::piecewise_constant(1.0, [(3, 0.5), (1, 0.0), (2, 7.0)]);
    follows(&unsorted, &[1.0, 0.0, 0.0, 0.0]);
    let long = Schedule::linear(0.0, 1.0, i32::MAX);
    assert_eq!(long.at(&scalar(i32::MAX)).item::<f32>(), 1.0);
}

#[test]
#[should_panic(expected = "a positive number of steps")]
fn a_cosine_needs_steps() {
    Schedule::warmup_cosine_decay(0.0, 1.0, 5, 5, 0.0);
}

#[test]
#[should_panic(expected = "the scale -1 at step 3 is negative")]
fn a_scale_is_not_negative() {
    Schedule::piecewise_constant(1.0, [(3, -1.0)]);
}

#[test]
#[should_panic(expected = "2 schedules do not meet at 0 boundaries")]
fn pieces_meet_at_boundaries() {
    let unmet = Schedule::Join {
        schedules: vec![Schedule::Constant(1.0), Schedule::Constant(2.0)],
        boundaries: vec![],
    };
    unmet.at(&scalar(0));
}

/// Matrices only.
fn matrices<T: Tree>(params: &T) -> Mapped<T, bool> {
    Mapped::new(params, |_, leaf| leaf.rank() >= 2)
}

#[test]
fn a_mask_hides_arrays_from_state_and_norms() {
    let params = (array([100.0]), array([[3.0, 4.0]]));
    let inner = (clip_by_global_norm(1.0), adam(1.0));
    let optimiser = masked(inner, matrices(&params));
    let state = optimiser.init(&params);
    let ((), (moments, _)) = &state;
    let moments: &AdamState<Mapped<Pair, Option<Array>>> = moments;
    let kept: Vec<bool> = moments.mu.leaves().iter().map(Option::is_some).collect();
    assert_eq!(kept, [false, true]);
    // The count and both moments of the matrix.
    assert_eq!(tree::arrays(&state).len(), 3);
    let clipped = masked(clip_by_global_norm(1.0), matrices(&params));
    let (updates, ()) = clipped.update(&params, &(), &params);
    assert_eq!(updates.0.to_vec::<f32>(), [100.0]);
    assert_eq!(updates.1.to_vec::<f32>(), [0.6, 0.8]);
}

#[test]
fn what_a_mask_leaves_out_stays_as_it_was() {
    let params = (array([5.0]), array([[1.0]]));
    let frozen = masked(scale(0.0), matrices(&params).map(|chosen| !chosen));
    let left = descend((frozen, adam(0.1)), 300);
    // The vector starts at [0.5, 0.5] and does not move.
    assert!((left - (0.25 + 4.0 * 6.25)).abs() < 1e-3, "{left}");
}

#[test]
#[should_panic(expected = "the mask has nothing for [1]")]
fn a_mask_of_a_shorter_tree_is_refused() {
    let params = vec![array([1.0]), array([2.0])];
    let mask = Mapped::new(&params[..1].to_vec(), |_, _| true);
    masked(scale(1.0), mask).init(&params);
}

#[test]
#[should_panic(expected = "the mask has [1], which the tree lacks")]
fn a_mask_of_a_longer_tree_is_refused() {
    let params = vec![array([1.0]), array([2.0])];
    let mask = Mapped::new(&params, |_, _| true);
    masked(scale(1.0), mask).init(&params[..1].to_vec());
}

#[test]
fn no_decay_does_not_look_at_parameters() {
    let params = array([f32::NAN, f32::INFINITY]);
    let (updates, _) = add_decayed_weights(0.0).update(&array([1.0, 2.0]), &None, &params);
    assert_eq!(updates.to_vec::<f32>(), [1.0, 2.0]);
}

#[test]
fn the_count_of_steps_does_not_overflow() {
    let params = array([1.0]);
    let state = AdamState {
        count: Array::full((), i32::MAX, DType::I32),
        ..ScaleByAdam::default().init(&params)
    };
    let (updates, state) = ScaleByAdam::default().update(&params, &state, &params);
    assert_eq!(state.count.item::<i32>(), i32::MAX);
    assert!(updates.to_vec::<f32>()[0].is_finite());
}

/// The second update for a gradient that was 3 and is 1.
fn second(transformation: &impl GradientTransformation<Array>) -> f64 {
    let params = array([0.0]);
    let state = transformation.init(&params);
    let (_, state) = transformation.update(&array([3.0]), &state, &params);
    let (updates, _) = transformation.update(&array([1.0]), &state, &params);
    updates.item()
}

#[test]
fn the_mean_square_may_be_corrected_centred_or_begun_elsewhere() {
    let base = ScaleByRms {
        decay: 0.5,
        eps: 0.1,
        ..ScaleByRms::default()
    };
    let close = |options: ScaleByRms, wanted: f64| {
        let got = second(&options);
        assert!(
            (got - wanted).abs() < 1e-6,
            "{options:?}: {got} is not {wanted}"
        );
    };
    // From 0 the mean square is 4.5 and then 2.75, the mean 1.5 and then 1.25.
    close(base, 1.0 / (2.75f64 + 0.1).sqrt());
    let outside = ScaleByRms {
        eps_in_sqrt: false,
        ..base
    };
    close(outside, 1.0 / (2.75f64.sqrt() + 0.1));
    let corrected = ScaleByRms {
        bias_correction: true,
        ..base
    };
    close(corrected, 1.0 / (2.75f64 / 0.75 + 0.1).sqrt());
    let begun = ScaleByRms {
        initial_scale: 4.0,
        ..base
    };
    close(begun, 1.0 / (3.75f64 + 0.1).sqrt());
    let centred = ScaleByRms {
        centered: true,
        ..outside
    };
    close(centred, 1.0 / ((2.75f64 - 1.5625).sqrt() + 0.1));
    let both = ScaleByRms {
        centered: true,
        ..corrected
    };
    let (mean, square) = (1.25 / 0.75, 2.75 / 0.75);
    close(both, 1.0 / (square - mean * mean + 0.1f64).sqrt());
}

#[test]
fn nothing_seen_gives_no_step() {
    let zeros = array([0.0, 2.0]);
    let rss = ScaleByRss {
        initial_accumulator_value: 0.0,
        eps: 0.0,
    };
    let (updates, _) = rss.update(&zeros, &rss.init(&zeros), &zeros);
    assert_eq!(updates.to_vec::<f32>(), [0.0, 1.0]);
    let (signs, _) = lion(1.0, 0.0).update(&zeros, &lion(1.0, 0.0).init(&zeros), &zeros);
    assert_eq!(signs.to_vec::<f32>(), [0.0, -1.0]);
}

#[test]
fn the_trust_ratio_is_one_where_a_norm_is_zero() {
    let apply = |options: ScaleByTrustRatio, u: [f64; 2], p: [f64; 2]| {
        let (u, ()) = options.update(&array(u), &(), &array(p));
        u.to_vec::<f32>()
    };
    let plain = ScaleByTrustRatio::default();
    assert_eq!(apply(plain, [3.0, 4.0], [0.0, 0.0]), [3.0, 4.0]);
    assert_eq!(apply(plain, [0.0, 0.0], [1.0, 2.0]), [0.0, 0.0]);
    assert_eq!(apply(plain, [3.0, 4.0], [0.0, 10.0]), [6.0, 8.0]);
    let bounded = ScaleByTrustRatio {
        min_norm: 1.0,
        trust_coefficient: 2.0,
        eps: 5.0,
    };
    assert_eq!(apply(bounded, [3.0, 4.0], [0.0, 0.0]), [0.6, 0.8]);
    // Derivatives pass by the norm of zeros.
    let scaled = |p: &Array| plain.update(&array([3.0, 4.0]), &(), p).0.sum(..);
    let slopes = grad(scaled)(&array([0.0, 0.0])).to_vec::<f32>();
    assert_eq!(slopes, [0.0, 0.0]);
}

#[test]
fn bounds_hold_for_elements_arrays_and_trees() {
    let updates = (array([3.0, -0.5]), array([[4.0, 0.0], [0.0, 0.0]]));
    let (clipped, ()) = clip(1.0).update(&updates, &(), &updates);
    assert_eq!(clipped.0.to_vec::<f32>(), [1.0, -0.5]);
    let (blocks, ()) = clip_by_block_rms(1.0).update(&updates, &(), &updates);
    assert_eq!(blocks.1.to_vec::<f32>(), [2.0, 0.0, 0.0, 0.0]);
    let (unit, ()) = NormalizeByUpdateNorm {
        scale_factor: 2.0,
        eps: 0.0,
    }
    .update(&updates, &(), &updates);
    assert!((l2_norm(&unit).item::<f32>() - 2.0).abs() < 1e-6);
    let (centred, ()) = Centralize.update(&updates, &(), &updates);
    assert_eq!(centred.0.to_vec::<f32>(), [3.0, -0.5]);
    assert_eq!(centred.1.to_vec::<f32>(), [2.0, -2.0, 0.0, 0.0]);
}

#[test]
fn long_chains_are_tuples() {
    let links = (
        clip(10.0),
        Centralize,
        None::<ScaleByRms>,
        scale(2.0),
        scale(2.0),
        scale(2.0),
        scale(2.0),
        scale_by_learning_rate(0.5),
    );
    let params = array([1.0]);
    let (updates, _) = links.update(&params, &links.init(&params), &params);
    assert_eq!(updates.to_vec::<f32>(), [-8.0]);
}
