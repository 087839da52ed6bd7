//! Your own graph: two tables in, a trained model and predictions out, and a new node that nobody has seen.

use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use graxe::run::{Settings, Source, Trained, Training};

/// Guests of two parties who mostly talk among themselves; the age tells little.
fn write_tables(folder: &Path) -> std::io::Result<()> {
    let (mut guests, mut talks) = ("id,age,party\n".to_owned(), "from,to\n".to_owned());
    for i in 0..60 {
        let party = if i % 2 == 0 { "blue" } else { "green" };
        let age = 20 + (i * 7) % 40 + 5 * (i % 2);
        // Writing to a string does not fail.
        let _ = writeln!(guests, "guest{i},{age},{party}");
        for step in [2, 8, 14] {
            let _ = writeln!(talks, "guest{i},guest{}", (i + step) % 60);
        }
    }
    fs::write(folder.join("guests.csv"), guests)?;
    fs::write(folder.join("talks.csv"), talks)?;
    fs::write(folder.join("late.csv"), "id,age\nanna,31\n")?;
    fs::write(
        folder.join("late-talks.csv"),
        "from,to\nanna,guest1\nanna,guest3\nguest5,anna\n",
    )
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = Path::new("party");
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir(folder)?;
    write_tables(folder)?;

    let source = Source::tables(folder.join("guests.csv"), folder.join("talks.csv"));
    let source = source.with_label("party");
    let data = source.load()?;
    data.guesses.iter().for_each(|line| println!("{line}"));
    let settings = Settings::new("sage", source)?;
    let mut training = Training::create(data, settings, folder.join("run"))?;
    while !training.is_over() {
        training.advance()?;
    }
    let summary = training.finish()?;
    println!("{:.3} of the test guests are right", summary.test_accuracy);

    let run = Trained::open(folder.join("run"))?;
    let late = run.predict_tables(
        &folder.join("late.csv"),
        Some(&folder.join("late-talks.csv")),
    )?;
    println!("{} is {}", late.id(0), late.class(0));
    assert_eq!(late.class(0), "green");
    Ok(())
}
