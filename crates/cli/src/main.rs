//! The `graxe` command: trains graph neural networks without code.

mod commands;
mod interrupted;
mod output;
mod quantity;
mod style;

use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

/// What help begins with, in its short form too: `graxe` alone shows that.
const ABOUT: &str = "\
Train graph neural networks from the command line.

Examples:
  graxe inspect                    look at Zachary's karate club, which is built in
  graxe train                      train on it
  graxe inspect --nodes people.csv --edges friends.csv --label club
                                   look at a graph of your own, from two tables
  graxe train --nodes people.csv --edges friends.csv --label club
                                   train on it
  graxe predict runs/NAME          see what the model says of each node
  graxe models                     see what else can be trained

The exit code is 0 when all is done, 1 when a run was interrupted with everything saved, and 2 after an error.";

#[derive(Parser)]
#[command(name = "graxe", version, about = ABOUT, arg_required_else_help = true, styles = style::HELP)]
struct Cli {
    /// Print results and errors alone, without progress and warnings
    #[arg(short, long, global = true, display_order = 900)]
    quiet: bool,

    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Inspect(Box<commands::inspect::Inspect>),
    Train(Box<commands::train::Train>),
    Evaluate(commands::evaluate::Evaluate),
    Predict(commands::predict::Predict),
    Compare(commands::compare::Compare),
    Models(commands::models::Models),
    Completions(commands::completions::Completions),
}

fn main() -> ExitCode {
    let matches = style::with_headings(Cli::command()).try_get_matches();
    let cli = match matches.and_then(|matches| Cli::from_arg_matches(&matches)) {
        Ok(cli) => cli,
        Err(error) => return refuse(&error),
    };
    if cli.quiet {
        output::be_quiet();
    }
    let result = match cli.command {
        Command::Inspect(inspect) => inspect.run(),
        Command::Train(train) => train.run(),
        Command::Evaluate(evaluate) => evaluate.run(),
        Command::Predict(predict) => predict.run(),
        Command::Compare(compare) => compare.run(),
        Command::Models(_) => commands::models::Models::run(),
        Command::Completions(completions) => completions.run(Cli::command()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever read our output has seen enough: `graxe train | head`.
        Err(error) if output::is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) if error.is::<interrupted::Interrupted>() => ExitCode::from(1),
        Err(error) => {
            output::error(&told(&error));
            ExitCode::from(2)
        }
    }
}

/// The causes of an error in one line, each said once: many say theirs themselves.
fn told(error: &anyhow::Error) -> String {
    let mut line = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if line.is_empty() {
            line = cause;
        } else if !line.contains(&cause) {
            line = format!("{line}: {cause}");
        }
    }
    line
}

/// Prints help and versions as clap does, and everything else as one line.
fn refuse(error: &clap::Error) -> ExitCode {
    match error.kind() {
        ErrorKind::DisplayHelp
        | ErrorKind::DisplayVersion
        | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => error.exit(),
        _ => {
            let text = error.to_string();
            let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
            let first = lines.next().unwrap_or("the arguments are not understood");
            let first = first.strip_prefix("error: ").unwrap_or(first);
            // What a colon announces stands on the next lines.
            let listed = |line: &&str| line.starts_with(['-', '<']);
            let rest: Vec<&str> = if first.ends_with(':') {
                lines.clone().take_while(listed).collect()
            } else {
                Vec::new()
            };
            let space = if rest.is_empty() { "" } else { " " };
            let rest = format!("{space}{}", rest.join(", "));
            let values = lines
                .clone()
                .find(|line| line.starts_with("[possible values:"));
            let values = values
                .map(|values| format!(" {values}"))
                .unwrap_or_default();
            let tip = lines.find(|line| line.starts_with("tip:"));
            let tip = tip.map(|tip| format!(" ({tip})")).unwrap_or_default();
            output::error(&format!("{first}{rest}{values}{tip}"));
            ExitCode::from(2)
        }
    }
}
