//! Training on the karate club, and what configurations are refused.

use graxe_core::{Array, DType, scalar, with_x64};
use graxe_graph::{Dataset, Graph, karate_club, normalise};
use graxe_nn::{
    Architecture, Config, Dense, EpochReport, Fit, Inputs, MODELS, Model, PROTOCOLS, Penalty,
    Protocol, Stopping, Trainer, Weights, lambda, model, serial,
};

fn architecture(name: &str) -> &'static Architecture {
    model(name).expect("a row of the table")
}

fn trainer(name: &str, data: &Dataset, config: &Config) -> Trainer {
    Trainer::new(data, architecture(name), config).expect("the configuration is sound")
}

/// The numbers of gcn, which are mlp's too.
fn named(protocol: &str) -> Config {
    architecture("gcn").config(Protocol::named(protocol).expect("a row of the table"))
}

fn weights(fit: &Fit) -> Vec<u32> {
    let bits = |a: &graxe_core::Array| a.to_vec::<f32>().into_iter().map(f32::to_bits);
    fit.params.values().flat_map(bits).collect()
}

#[test]
fn the_karate_club_falls_apart_into_its_factions() {
    let data = karate_club();
    let config = named("best");
    let trainer = trainer("gcn", &data, &config);
    for seed in 0..5 {
        let fit = trainer.fit(seed, |_| ());
        assert!(fit.report.test_accuracy >= 0.8, "{:?}", fit.report);
        assert_eq!(fit.epochs, 200);
    }
}

#[test]
fn a_seed_gives_its_bits_again_and_programs_are_traced_once() {
    let data = karate_club();
    let config = Config {
        epochs: 20,
        ..named("kipf")
    };
    let once = trainer("gcn", &data, &config);
    let first = once.fit(3, |_| ());
    let second = once.fit(3, |_| ());
    let anew = trainer("gcn", &data, &config).fit(3, |_| ());
    assert_eq!(weights(&first), weights(&second));
    assert_eq!(weights(&first), weights(&anew));
    assert_ne!(weights(&first), weights(&once.fit(4, |_| ())));
    assert!(first.compile_seconds > 0.0);
    assert_eq!(second.compile_seconds, 0.0);
}

#[test]
fn every_protocol_lowers_the_training_loss() {
    let data = karate_club();
    for protocol in PROTOCOLS {
        for name in ["gcn", "mlp"] {
            let config = Config {
                dropout: 0.0,
                stopping: Stopping::Never,
                epochs: 60,
                ..named(protocol.name)
            };
            let mut losses = Vec::new();
            let mut see = |r: &EpochReport| losses.push(r.train_loss);
            trainer(name, &data, &config).fit(0, &mut see);
            assert!(
                losses[59] < 0.7 * losses[0],
                "{}: {losses:?}",
                protocol.name
            );
        }
    }
}

#[test]
fn every_model_of_the_table_learns_by_its_own_protocol() {
    let data = karate_club();
    for row in MODELS {
        let config = Config {
            epochs: if row.name == "gcnii" { 6 } else { 40 },
            ..row.config(row.protocol())
        };
        let mut losses = Vec::new();
        let mut see = |r: &EpochReport| losses.push(r.train_loss);
        trainer(row.name, &data, &config).fit(0, &mut see);
        let least = losses.iter().copied().fold(f64::INFINITY, f64::min);
        assert!(least < losses[0], "{}: {losses:?}", row.name);
    }
}

#[test]
fn the_epoch_of_lowest_validation_loss_is_kept() {
    let data = karate_club();
    let config = Config {
        learning_rate: 0.2,
        ..named("best")
    };
    let mut reports = Vec::new();
    let fit = trainer("mlp", &data, &config).fit(1, |r| reports.push(*r));
    let lowest = reports
        .iter()
        .map(|r| r.val_loss)
        .fold(f64::INFINITY, f64::min);
    let earliest = reports.iter().find(|r| r.val_loss == lowest).expect("one");
    assert_eq!(fit.report, *earliest);
    assert!(earliest.epoch < 200, "the last epoch proves nothing");
    let config = Config {
        epochs: earliest.epoch,
        ..config
    };
    let again = trainer("mlp", &data, &config).fit(1, |_| ());
    assert_eq!(weights(&fit), weights(&again));
}

#[test]
fn training_stops_where_the_validation_loss_exceeds_the_mean_before_it() {
    let data = karate_club();
    // An untaught validation set: features are the identity, so nothing carries over.
    let config = Config {
        learning_rate: 0.2,
        weight_decay: 0.0,
        ..named("kipf")
    };
    let mut losses: Vec<f64> = Vec::new();
    let fit = trainer("mlp", &data, &config).fit(0, |r| losses.push(r.val_loss));
    let rises = |t: usize| losses[t] > losses[t - 10..t].iter().sum::<f64>() / 10.0;
    let first = (11..losses.len()).find(|&t| rises(t)).expect("a rise");
    assert_eq!(fit.epochs, first + 1);
    assert!(fit.epochs < 200);
}

#[test]
fn without_validation_nodes_the_last_weights_are_kept() {
    let mut data = karate_club();
    data.split.val.clear();
    let config = Config {
        epochs: 7,
        ..named("best")
    };
    let fit = trainer("gcn", &data, &config).fit(0, |_| ());
    assert!(fit.report.val_loss.is_nan());
    assert_eq!(fit.report.epoch, 7);
}

#[test]
fn training_works_in_double_precision_too() {
    let data = karate_club();
    let config = Config {
        epochs: 60,
        stopping: Stopping::Never,
        ..named("kipf")
    };
    let trainer = trainer("gcn", &data, &config);
    let single = trainer.fit(0, |_| ());
    let double = with_x64(|| trainer.fit(0, |_| ()));
    let dtype = |fit: &Fit| fit.params["layers[1].weight"].dtype();
    assert_eq!((dtype(&single), dtype(&double)), (DType::F32, DType::F64));
    for fit in [single, double] {
        let accuracy = fit.report.test_accuracy;
        assert!(accuracy >= 0.8, "{accuracy}");
        assert_eq!((accuracy * 16.0).fract(), 0.0, "a share of 16 nodes");
    }
}

#[test]
fn numbers_out_of_range_are_refused_by_name() {
    let kipf = named("kipf");
    let refused = |config: Config| match config.check() {
        Ok(()) => panic!("{config:?} was accepted"),
        Err(error) => error.to_string(),
    };
    let dropout = refused(Config {
        dropout: 1.5,
        ..kipf
    });
    assert_eq!(dropout, "dropout is 1.5: it must be at least 0 and below 1");
    let lr = Config {
        learning_rate: f64::NAN,
        ..kipf
    };
    assert!(refused(lr).starts_with("learning rate is NaN"));
    assert!(refused(Config { hidden: 0, ..kipf }).starts_with("hidden is 0"));
    assert!(refused(Config { epochs: 0, ..kipf }).starts_with("epochs is 0"));
    let wide = Config {
        hidden: 1_000_000_000_000,
        ..kipf
    };
    assert!(refused(wide).ends_with("must be at most 1048576"));
    let long = Config {
        epochs: usize::MAX,
        ..kipf
    };
    assert!(refused(long).ends_with("must be at most 1000000000"));
    assert!(kipf.check_features(1 << 27).is_err() && kipf.check_features((1 << 27) - 1).is_ok());
    let decay = Config {
        weight_decay: -1.0,
        ..kipf
    };
    assert!(refused(decay).starts_with("weight decay is -1"));
}

/// Why a data set is refused.
fn refusal(data: &Dataset) -> String {
    let error = Trainer::new(data, architecture("gcn"), &named("kipf")).err();
    let line = error.expect("an error").to_string();
    assert!(
        line.starts_with("karate: ") && !line.contains('\n'),
        "{line}"
    );
    line
}

#[test]
fn a_data_set_without_training_nodes_is_refused() {
    let mut data = karate_club();
    data.labels[0] = None;
    assert!(refusal(&data).contains("node 0 belongs to the split"));
    data.split.train.clear();
    assert!(refusal(&data).contains("no node to train on"));
    let mut data = karate_club();
    data.labels.fill(Some(0));
    data.class_names.truncate(1);
    let only = format!("'{}' is the only class", data.class_names[0]);
    assert!(refusal(&data).contains(&only));
}

#[test]
fn the_first_feature_that_is_not_finite_is_named() {
    for (value, shown) in [(f32::NAN, "NaN"), (f32::NEG_INFINITY, "-inf")] {
        let mut data = karate_club();
        let values = data.features.values.at(20..).set(scalar(value));
        data.features = data.features.with_values(values);
        let expected = format!("row 20, column 20 of the features is {shown}");
        assert!(refusal(&data).contains(&expected), "{}", refusal(&data));
    }
}

#[test]
fn classes_without_training_and_graphs_without_edges_are_warned_of() {
    let mut data = karate_club();
    let config = named("kipf");
    assert!(trainer("gcn", &data, &config).warnings().is_empty());
    data.split
        .train
        .retain(|&node| data.labels[node as usize] == Some(0));
    data.graph = Graph::from_edges(34, &[], &[]).expect("no edge can be wrong");
    let warnings = trainer("gcn", &data, &config).warnings().to_vec();
    let absent = format!("no node of '{}' is trained on", data.class_names[1]);
    assert!(warnings[0].contains(&absent), "{warnings:?}");
    assert!(
        warnings[1].contains("the graph has no edges"),
        "{warnings:?}"
    );
    assert_eq!(warnings.len(), 2);
    assert_eq!(trainer("mlp", &data, &config).warnings().len(), 1);
    let fit = trainer("gcn", &data, &config).fit(0, |_| ());
    assert!(fit.report.train_loss.is_finite());
}

#[test]
fn mlp_sees_no_graph() {
    let mut data = karate_club();
    let config = named("kipf");
    let before = trainer("mlp", &data, &config).fit(0, |_| ());
    data.graph = Graph::from_edges(34, &[], &[]).expect("no edge can be wrong");
    let after = trainer("mlp", &data, &config).fit(0, |_| ());
    assert_eq!(weights(&before), weights(&after));
}

/// The first training loss without dropout less the cross entropy, which is the penalty.
fn penalty(network: &Model, config: &Config) -> f64 {
    let data = karate_club();
    let inputs = || Inputs::new(normalise::rows(&data.features).to_dense());
    let first = |penalty: Penalty| {
        let config = Config {
            penalty,
            epochs: 1,
            ..*config
        };
        let trainer = Trainer::with_model(&data, inputs(), network, &config);
        let trainer = trainer.expect("the configuration is sound");
        trainer.fit(0, |_| ()).report.train_loss
    };
    first(config.penalty) - first(Penalty::None)
}

#[test]
fn penalties_are_what_they_say() {
    let network = serial((Dense::new(5), lambda(graxe_core::relu), Dense::new(2)));
    let network = Model::new(network, &[34, 34]);
    let [init, _] = graxe_core::random::Key::new(0).split();
    let (params, _) = network.init(&init);
    let squares = |chosen: &[&str]| -> f64 {
        let of = |a: &Array| a.to_vec::<f32>().iter().map(|x| x * x).sum::<f32>();
        let chosen = params
            .iter()
            .filter(|(name, _)| chosen.iter().any(|c| name.starts_with(c)));
        chosen.map(|(_, a)| f64::from(of(a))).sum()
    };
    let (first, all) = (squares(&["layers[0]"]), squares(&[""]));
    let weight_decay = 0.5;
    let groups = Penalty::Groups {
        prefix: "layers[2]",
        strength: 3.0,
    };
    for (form, expected) in [
        (Penalty::FirstLayer, 0.25 * first),
        (Penalty::AllParameters, 0.25 * all),
        (Penalty::Norm, 0.5 * all.sqrt()),
        (groups, 0.25 * first + 1.5 * (all - first)),
        (Penalty::None, 0.0),
    ] {
        let config = Config {
            penalty: form,
            weight_decay,
            ..named("kipf")
        };
        let found = penalty(&network, &config);
        assert!(
            (found - expected).abs() < 1e-5 * expected.max(1.0),
            "{form:?}: {found} {expected}"
        );
    }
}

#[test]
fn the_validation_loss_has_the_penalty_where_the_protocol_says_so() {
    let data = karate_club();
    let loss = |penalty_in_validation, weight_decay| {
        let config = Config {
            penalty_in_validation,
            weight_decay,
            learning_rate: 1e-30,
            epochs: 1,
            ..named("kipf")
        };
        trainer("gcn", &data, &config)
            .fit(0, |_| ())
            .report
            .val_loss
    };
    assert!(loss(true, 0.1) > loss(true, 0.0));
    assert_eq!(loss(false, 0.1), loss(false, 0.0));
}

#[test]
fn velickovic_stops_after_its_patience_and_keeps_the_best_of_both() {
    let data = karate_club();
    let config = Config {
        learning_rate: 0.2,
        stopping: Stopping::Velickovic { patience: 5 },
        ..named("velickovic")
    };
    let mut reports: Vec<EpochReport> = Vec::new();
    let fit = trainer("mlp", &data, &config).fit(0, |r| reports.push(*r));
    assert!(
        fit.epochs < 1000 && fit.report.epoch < fit.epochs,
        "{}",
        fit.epochs
    );
    let (waited, before) = (&reports[fit.epochs - 5..], &reports[..fit.epochs - 5]);
    let lowest = before
        .iter()
        .map(|r| r.val_loss)
        .fold(f64::INFINITY, f64::min);
    let highest = before.iter().map(|r| r.val_accuracy).fold(0.0, f64::max);
    assert!(
        waited
            .iter()
            .all(|r| r.val_loss > lowest && r.val_accuracy < highest)
    );
    assert!(fit.report.val_loss >= lowest);
    let kept = Config {
        epochs: fit.report.epoch,
        weights: Weights::Last,
        ..config
    };
    let again = trainer("mlp", &data, &kept).fit(0, |_| ());
    assert_eq!(weights(&fit), weights(&again));
}

#[test]
fn pyg_keeps_the_earliest_epoch_of_highest_validation_accuracy() {
    let data = karate_club();
    let mut reports: Vec<EpochReport> = Vec::new();
    let fit = trainer("gcn", &data, &named("pyg")).fit(0, |r| reports.push(*r));
    let highest = reports.iter().map(|r| r.val_accuracy).fold(0.0, f64::max);
    let earliest = reports.iter().find(|r| r.val_accuracy == highest);
    assert_eq!(Some(&fit.report), earliest);
    assert_eq!(fit.epochs, 200);
}
