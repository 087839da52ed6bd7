//! Training on the karate club, and what configurations are refused.

use graxe_core::{DType, with_x64};
use graxe_graph::{Dataset, karate_club};
use graxe_nn::{Config, EpochReport, Fit, PROTOCOLS, Protocol, Sizes, Trainer, model};

fn trainer(name: &str, data: &Dataset, config: &Config) -> Trainer {
    let architecture = model(name).expect("a row of the table");
    let model = (architecture.build)(Sizes {
        nodes: data.num_nodes(),
        features: data.num_features(),
        hidden: config.hidden,
        classes: data.num_classes(),
        dropout: config.dropout,
    });
    Trainer::new(data, &model, config).expect("the configuration is sound")
}

fn named(name: &str) -> Config {
    Protocol::named(name).expect("a row of the table").config
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
fn every_protocol_lowers_the_training_loss_of_every_model() {
    let data = karate_club();
    for protocol in PROTOCOLS {
        for name in ["gcn", "mlp"] {
            let config = Config {
                dropout: 0.0,
                patience: None,
                epochs: 60,
                ..protocol.config
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
        patience: None,
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

#[test]
fn a_data_set_without_training_nodes_is_refused() {
    let mut data = karate_club();
    let config = named("kipf");
    let sizes = Sizes {
        nodes: 34,
        features: 34,
        hidden: 4,
        classes: 2,
        dropout: 0.0,
    };
    let gcn = (model("gcn").expect("a row of the table").build)(sizes);
    data.labels[0] = None;
    let error = Trainer::new(&data, &gcn, &config).err().expect("an error");
    assert!(error.to_string().contains("node 0 belongs to the split"));
    data.split.train.clear();
    let error = Trainer::new(&data, &gcn, &config).err().expect("an error");
    assert!(error.to_string().contains("no node to train on"));
}
