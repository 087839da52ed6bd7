//! The table of models.

use crate::{graxe, stderr, stdout};

#[test]
fn every_model_stands_with_its_paper_and_numbers() {
    let output = graxe(&["models"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let text = stdout(&output);
    for model in graxe_nn::MODELS {
        let paper = model.paper.to_string();
        let parts = [model.name, model.summary, &paper, model.defaults.protocol];
        assert!(parts.iter().all(|part| text.contains(part)), "{text}");
    }
    for protocol in graxe_nn::PROTOCOLS {
        assert!(text.contains(protocol.name) && text.contains(protocol.summary));
    }
    let gcn = "hidden 16, lr 0.01, dropout 0.5, weight-decay 0.0005, protocol kipf, epochs 200";
    assert!(text.contains(gcn), "{text}");
    assert!(
        text.lines().all(|line| line.chars().count() <= 120),
        "{text}"
    );
}
