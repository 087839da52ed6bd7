//! A trained model's probabilities, on the data that it was trained on and on nodes without labels.

use graxe_core::{Array, softmax};
use graxe_graph::{Dataset, Scaling, Split, karate_club};
use graxe_nn::{Architecture, Config, Matrix, Protocol, Trainer, accuracy, model};

fn trainer(club: &Dataset, name: &str) -> (Trainer, &'static Architecture, Config) {
    let row = model(name).expect("a row of the table");
    let config = Config {
        epochs: 30,
        ..row.config(Protocol::named("best").expect("a row of the table"))
    };
    let trainer = Trainer::new(club, row, &config).expect("the configuration is sound");
    (trainer, row, config)
}

fn indices(nodes: &[u32]) -> Array {
    Array::from_vec(nodes.iter().map(|&i| i as i32).collect(), nodes.len())
}

#[test]
fn predictions_are_what_the_report_has_counted() {
    let club = karate_club();
    let (trainer, ..) = trainer(&club, "gat");
    let fit = trainer.fit(1, |_| ());
    let (model, inputs) = (trainer.model(), trainer.inputs());
    let probabilities = model.predict(&fit.params, &fit.state, inputs);
    assert_eq!(probabilities.shape()[..], [34, 2]);
    let sums = probabilities.sum(-1).to_vec::<f32>();
    assert!(sums.iter().all(|sum| (sum - 1.0).abs() < 1e-6));
    let share = accuracy(
        &probabilities,
        &club.labels_array(),
        &indices(&club.split.test),
    );
    assert!((share.item::<f64>() - fit.report.test_accuracy).abs() < 1e-6);
}

#[test]
fn a_trained_model_sees_nodes_without_labels() {
    let club = karate_club();
    let (trainer, row, config) = trainer(&club, "gcn");
    let fit = trainer.fit(1, |_| ());
    let unlabelled = Dataset {
        labels: vec![None; 34],
        split: Split::default(),
        ..club
    };
    let model = row.model(&unlabelled, &config);
    assert_eq!(model.names(), trainer.model().names());
    let inputs = row.inputs(&unlabelled);
    let seen = model.inspect(&fit.params, &fit.state, &inputs);
    let (got, want) = (
        softmax(&seen.logits, -1),
        model.predict(&fit.params, &fit.state, &inputs),
    );
    assert_eq!(got.to_vec::<f32>(), want.to_vec::<f32>());
    let again = trainer
        .model()
        .inspect(&fit.params, &fit.state, trainer.inputs());
    assert_eq!(
        again.embedding.to_vec::<f32>(),
        seen.embedding.to_vec::<f32>()
    );
}

#[test]
fn features_that_are_scaled_already_are_left_alone() {
    let mut club = karate_club();
    let twice = club.features.with_values(2 * &club.features.values);
    club.features = twice;
    let row = model("mlp").expect("a row of the table");
    let mut first = |scaling| {
        club.scaling = scaling;
        let inputs = row.inputs(&club);
        assert!(inputs.adjacency.is_none());
        match inputs.nodes {
            Matrix::Sparse(x) => x.values.to_vec::<f32>()[0],
            Matrix::Dense(_) => panic!("sparse features stay sparse"),
        }
    };
    assert_eq!([Scaling::Rows, Scaling::Done].map(&mut first), [1.0, 2.0]);
}
