//! `graxe completions`: scripts that let a shell complete commands and flags.

use anyhow::Result;
use clap::{Args, Command};
use clap_complete::Shell;

use crate::output::text;

/// Print a script by which a shell completes commands and flags.
///
/// New shells find it at these places. For zsh, `fpath+=~/.zfunc` has to stand in
/// ~/.zshrc above compinit.
///
/// Examples:
///   graxe completions bash > ~/.local/share/bash-completion/completions/graxe
///   graxe completions zsh > ~/.zfunc/_graxe
///   graxe completions fish > ~/.config/fish/completions/graxe.fish
///   graxe completions powershell >> $PROFILE
///   graxe completions elvish >> ~/.config/elvish/rc.elv
#[derive(Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Completions {
    /// The shell that is to read the script
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

impl Completions {
    /// Prints the script for a command as it is now.
    pub(crate) fn run(&self, mut command: Command) -> Result<()> {
        let name = command.get_name().to_owned();
        // By way of memory, because the generator panics where a pipe is closed.
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut command, name, &mut script);
        text(&String::from_utf8(script)?)?;
        Ok(())
    }
}
