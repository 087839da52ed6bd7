//! The `graxe` command: trains graph neural networks without code.

mod commands;
mod output;

use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{Parser, Subcommand};

/// Train graph neural networks from the command line.
#[derive(Parser)]
#[command(name = "graxe", version, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Train(Box<commands::train::Train>),
    Models(commands::models::Models),
}

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return refuse(&error),
    };
    let result = match cli.command {
        Command::Train(train) => train.run(),
        Command::Models(_) => commands::models::Models::run(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever read our output has seen enough: `graxe train | head`.
        Err(error) if output::is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            output::note(&format!("error: {error:#}"));
            ExitCode::from(2)
        }
    }
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
            let first = lines
                .next()
                .unwrap_or("error: the arguments are not understood");
            // What a colon announces stands on the next line.
            let rest = lines.clone().next().filter(|_| first.ends_with(':'));
            let rest = rest.map(|rest| format!(" {rest}")).unwrap_or_default();
            let tip = lines.find(|line| line.starts_with("tip:"));
            let tip = tip.map(|tip| format!(" ({tip})")).unwrap_or_default();
            output::note(&format!("{first}{rest}{tip}"));
            ExitCode::from(2)
        }
    }
}
