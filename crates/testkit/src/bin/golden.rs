//! Compares graxe with the golden values in `GRAXE_GOLDEN`, or with the committed ones.

use std::process::ExitCode;

use graxe_testkit::golden::{folder, run};

fn main() -> ExitCode {
    match run(&folder()) {
        Ok(report) => {
            println!("{report}");
            ExitCode::from(u8::from(!report.failed.is_empty()))
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}
