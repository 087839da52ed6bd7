//! Scripts for shells.

use crate::wrong_input::refused;
use crate::{graxe, stderr, stdout};

#[test]
fn every_shell_learns_every_command() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let output = graxe(&["completions", shell]);
        assert!(output.status.success(), "{}", stderr(&output));
        let script = stdout(&output);
        for word in ["inspect", "train", "models", "completions", "no-baselines"] {
            assert!(script.contains(word), "{shell} does not know {word}");
        }
        let help = stdout(&graxe(&["completions", "--help"]));
        assert!(
            help.contains(&format!("graxe completions {shell} >")),
            "{help}"
        );
    }
}

#[test]
fn a_shell_that_is_not_known_is_refused_with_those_that_are() {
    let line = refused(&["completions", "bahs"]);
    assert!(
        line.contains("[possible values: bash, elvish, fish, powershell, zsh]"),
        "{line}"
    );
    assert!(refused(&["completions"]).contains("<SHELL>"));
}
