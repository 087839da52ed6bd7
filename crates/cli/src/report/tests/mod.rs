//! The report is looked at as text here, and in a browser where there is one.

mod sample;

use super::{Report, html};

fn samples() -> [(&'static str, Report); 5] {
    [
        ("cora", sample::cora()),
        ("karate", sample::karate()),
        ("large", sample::large()),
        ("lonely", sample::lonely()),
        ("empty", sample::empty()),
    ]
}

/// Writes the samples to look at: `cargo test -p graxe-cli write_samples -- --ignored`.
#[test]
#[ignore = "only for a person who wants to look"]
fn write_samples() {
    let folder = std::env::temp_dir().join("graxe-report");
    std::fs::create_dir_all(&folder).unwrap();
    for (name, report) in samples() {
        let file = folder.join(format!("{name}.html"));
        std::fs::write(&file, html(&report)).unwrap();
        eprintln!("{}", file.display());
    }
}
