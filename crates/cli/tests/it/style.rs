//! Colours, where they are shown, and how little is said when that is asked for.

use std::process::Output;

use crate::wrong_input::linqs;
use crate::{command, graxe, stderr, stdout};

const ESCAPE: char = '\x1b';

/// Runs with these variables, and none else that speaks of colours.
fn with(variables: &[(&str, &str)], args: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap_or_else(|e| panic!("{e}"));
    let mut command = command(folder.path(), args);
    for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"] {
        command.env_remove(name);
    }
    let output = command.envs(variables.iter().copied()).output();
    output.unwrap_or_else(|e| panic!("{e}"))
}

/// The parts of the command that have styles.
const STYLED: [&[&str]; 6] = [
    &["inspect"],
    &["models"],
    &["--help"],
    &["train", "--help"],
    &["train", "--epochs", "1"],
    &["train", "--model", "x"],
];

fn all(output: &Output) -> String {
    stdout(output) + &stderr(output)
}

#[test]
fn pipes_get_no_colours() {
    for args in STYLED {
        let text = all(&with(&[], args));
        assert!(!text.contains(ESCAPE), "{args:?}: {text}");
    }
}

#[test]
fn colours_can_be_forced_and_forbidden() {
    let force = ("CLICOLOR_FORCE", "1");
    for args in STYLED {
        let text = all(&with(&[force], args));
        assert!(text.contains(ESCAPE), "{args:?}: {text}");
        let text = all(&with(&[force, ("NO_COLOR", "1")], args));
        assert!(!text.contains(ESCAPE), "{args:?}: {text}");
    }
}

#[test]
fn json_and_scripts_never_have_colours() {
    for args in [
        &["inspect", "--json"][..],
        &["train", "--json", "--epochs", "1"],
        &["completions", "fish"],
    ] {
        let output = with(&[("CLICOLOR_FORCE", "1")], args);
        assert!(output.status.success(), "{}", stderr(&output));
        assert!(!stdout(&output).contains(ESCAPE), "{}", stdout(&output));
    }
}

#[test]
fn an_error_is_red_to_its_colon_and_a_heading_is_bold() {
    let force = [("CLICOLOR_FORCE", "1")];
    let text = stderr(&with(&force, &["train", "--model", "x"]));
    let red = "\x1b[1m\x1b[31merror:\x1b[0m there is no model";
    assert!(text.starts_with(red), "{text:?}");
    let text = stderr(&with(&force, &["tain"]));
    assert!(
        text.starts_with("\x1b[1m\x1b[31merror:\x1b[0m unrecognized"),
        "{text:?}"
    );
    let text = stdout(&with(&force, &["train", "--help"]));
    for heading in ["Examples:", "Usage:", "Options:", "Models:"] {
        assert!(
            text.contains(&format!("\x1b[1m{heading}\x1b[0m")),
            "{text:?}"
        );
    }
}

#[test]
fn quiet_leaves_results_and_errors() {
    let loud = graxe(&["train", "--epochs", "20"]);
    let quiet = graxe(&["train", "--epochs", "20", "--quiet"]);
    assert!(stdout(&loud).contains("epoch   20"));
    let text = stdout(&quiet);
    assert!(text.starts_with("\nkarate with gcn (kipf)"), "{text}");
    assert_eq!(stderr(&quiet), "");
    let output = graxe(&["-q", "train", "--model", "x"]);
    assert!(stderr(&output).starts_with("error: "));
}

#[test]
fn quiet_leaves_warnings_out() {
    let row = |i: usize| format!("p{i}\t{}\t1\tc{}\n", i % 3, i % 2);
    let content: String = (0..12).map(row).collect();
    let (_kept, path) = linqs(&content, "p0\tp1\n");
    let args = ["train", &path, "--epochs", "1"];
    assert!(stderr(&graxe(&args)).starts_with("warning: the files state no split"));
    assert_eq!(stderr(&graxe(&[&args[..], &["-q"]].concat())), "");
}

#[test]
fn every_command_has_examples() {
    let first = graxe(&[]);
    assert!(
        stderr(&first).contains("Examples:\n  graxe inspect "),
        "{}",
        stderr(&first)
    );
    for command in ["inspect", "train", "models", "completions"] {
        let text = stdout(&graxe(&[command, "--help"]));
        let example = format!("Examples:\n  graxe {command}");
        assert!(text.contains(&example), "{text}");
        assert!(text.contains("--quiet"), "{text}");
    }
}

#[test]
fn only_flags_of_tables_stand_under_their_heading() {
    for command in ["inspect", "train"] {
        let text = stdout(&graxe(&[command, "--help"]));
        let (before, tables) = text
            .split_once("Your own tables:")
            .unwrap_or_else(|| panic!("no heading: {text}"));
        assert!(
            before.contains("--model <") && !before.contains("--nodes <"),
            "{text}"
        );
        assert!(
            tables.contains("--nodes <") && !tables.contains("--model <"),
            "{text}"
        );
    }
}
