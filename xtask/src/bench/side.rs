//! One side of a comparison: what its runs printed, and the table of all sides.

use anyhow::{Context as _, Result};
use serde_json::Value;

/// The times of one side's step, one of each a run, in the unit that it prints.
pub(super) struct Side {
    name: String,
    /// Where a run's JSON line keeps the least time of a step, and the middle one.
    fields: [&'static str; 2],
    minima: Vec<f64>,
    medians: Vec<f64>,
    /// How many threads the last run says that it used.
    threads: Option<u64>,
    /// The most memory of all runs, in bytes.
    memory: Option<f64>,
}

impl Side {
    /// A side without runs.
    pub(super) fn new(name: impl Into<String>, fields: [&'static str; 2]) -> Self {
        Self {
            name: name.into(),
            fields,
            minima: Vec::new(),
            medians: Vec::new(),
            threads: None,
            memory: None,
        }
    }

    /// Adds what one run printed, whose last line is JSON, and gives that.
    pub(super) fn add(&mut self, printed: &str) -> Result<Value> {
        let line = last_line(printed)?;
        let [minimum, median] = self.fields.map(|name| {
            let number = line.get(name).and_then(Value::as_f64);
            number
                .filter(|time| *time > 0.0)
                .with_context(|| format!("no {name} in {line}"))
        });
        self.minima.push(minimum?);
        self.medians.push(median?);
        self.threads = line.get("threads").and_then(Value::as_u64);
        Ok(line)
    }

    /// Counts the memory of a run, in bytes.
    pub(super) fn add_memory(&mut self, bytes: Option<f64>) {
        self.memory = self.memory.into_iter().chain(bytes).reduce(f64::max);
    }

    /// The least time of all runs.
    pub(super) fn minimum(&self) -> f64 {
        minimum(&self.minima)
    }

    /// The median of the runs' medians.
    pub(super) fn median(&self) -> f64 {
        median(&self.medians)
    }

    /// How many threads the last run says that it used.
    pub(super) fn threads(&self) -> Option<u64> {
        self.threads
    }
}

/// So many threads in words.
pub(super) fn threads_name(threads: u64) -> String {
    match threads {
        1 => "1 thread".to_owned(),
        n => format!("{n} threads"),
    }
}

/// The JSON object in the last line of what a program printed.
pub(super) fn last_line(printed: &str) -> Result<Value> {
    let line = printed.lines().last().unwrap_or_default();
    serde_json::from_str(line).with_context(|| format!("not JSON: {line}"))
}

/// The least number.
pub(super) fn minimum(numbers: &[f64]) -> f64 {
    numbers.iter().copied().fold(f64::INFINITY, f64::min)
}

/// The middle number, or the mean of the two.
pub(super) fn median(numbers: &[f64]) -> f64 {
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    if sorted.is_empty() {
        f64::NAN
    } else if sorted.len().is_multiple_of(2) {
        f64::midpoint(sorted[middle - 1], sorted[middle])
    } else {
        sorted[middle]
    }
}

/// Prints every side's minimum and median, and how many times those of our first side they are.
pub(super) fn print_table(title: &str, ours: &[Side], others: &[Side]) {
    let sides = || ours.iter().chain(others).filter(|s| !s.minima.is_empty());
    let with_memory = sides().any(|side| side.memory.is_some());
    println!("{title}");
    print!(
        "{:28}{:>5}{:>8}{:>11}{:>11}{:>9}{:>9}",
        "", "runs", "threads", "minimum", "median", "÷ ours", "÷ ours"
    );
    println!("{}", if with_memory { "   GB memory" } else { "" });
    for side in sides() {
        let threads = side.threads.map_or("-".to_owned(), |n| n.to_string());
        let (minimum, median) = (side.minimum(), side.median());
        print!(
            "{:28}{:5}{threads:>8}{minimum:11.3}{median:11.3}{:9.2}{:9.2}",
            side.name,
            side.minima.len(),
            minimum / ours[0].minimum(),
            median / ours[0].median()
        );
        let memory = side.memory.map(|bytes| format!("{:12.2}", bytes / 1e9));
        println!("{}", memory.unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_side_keeps_its_least_and_its_middle() {
        let mut side = Side::new("", ["a", "b"]);
        for (minimum, median) in [(2.0, 5.0), (1.5, 9.0), (3.0, 4.0)] {
            let printed = format!("first\n{{\"a\":{minimum},\"b\":{median},\"threads\":2}}\n");
            side.add(&printed).unwrap();
        }
        assert_eq!((side.minimum(), side.median()), (1.5, 5.0));
        assert_eq!(side.threads(), Some(2));
        side.add("{\"a\":1,\"b\":6}").unwrap();
        assert_eq!((side.minimum(), side.median()), (1.0, 5.5));
        assert_eq!(side.threads(), None);
    }

    #[test]
    fn a_run_without_times_is_an_error() {
        let mut side = Side::new("", ["a", "b"]);
        for printed in ["", "{\"a\":1}", "{\"a\":1,\"b\":0}", "{\"a\":1,\"b\":null}"] {
            assert!(side.add(printed).is_err(), "{printed}");
        }
    }

    #[test]
    fn the_most_memory_of_all_runs_counts() {
        let mut side = Side::new("", ["a", "b"]);
        for bytes in [Some(2.0), None, Some(3.0), Some(1.0)] {
            side.add_memory(bytes);
        }
        assert_eq!(side.memory, Some(3.0));
    }
}
