//! How long the import of two large tables takes, and how much memory.
//!
//! `cargo run --release -p graxe-data --example import_speed -- [NODES] [EDGES]` writes tables of made-up nodes with
//! four numbers and a label, and of edges between random ones, to a temporary folder, and imports them in a process
//! of its own, whose peak of memory is then that of the import alone.

use std::error::Error;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use graxe_data::{Tables, import};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [flag, folder] = arguments.as_slice()
        && flag == "--import"
    {
        return measure(Path::new(folder));
    }
    let count = |index: usize, usual: u64| {
        arguments
            .get(index)
            .map_or(Ok(usual), |count| count.parse())
    };
    let (num_nodes, num_edges) = (count(0, 1_000_000)?, count(1, 10_000_000)?);
    let folder = tempfile::tempdir()?;
    write(folder.path(), num_nodes, num_edges)?;
    let this = std::env::current_exe()?;
    let status = Command::new(this)
        .arg("--import")
        .arg(folder.path())
        .status()?;
    if status.success() {
        Ok(())
    } else {
        Err("the import failed".into())
    }
}

fn measure(folder: &Path) -> Result<(), Box<dyn Error>> {
    let start = Instant::now();
    let tables = Tables::new(folder.join("nodes.csv"), folder.join("edges.csv"));
    let imported = import(&tables)?;
    let seconds = start.elapsed().as_secs_f64();
    let dataset = &imported.dataset;
    println!(
        "{} nodes, {} edges listed, {} directed edges, {} features, {} classes: {seconds:.2} s",
        dataset.num_nodes(),
        dataset.listed.count,
        dataset.graph.num_edges(),
        dataset.num_features(),
        dataset.num_classes(),
    );
    for line in imported.guesses.iter().chain(&dataset.warnings) {
        println!("  {line}");
    }
    // Only Linux tells a process of its peak.
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    for line in status.lines().filter(|line| line.starts_with("VmHWM:")) {
        println!("peak of memory: {}", line["VmHWM:".len()..].trim());
    }
    Ok(())
}

fn write(folder: &Path, num_nodes: u64, num_edges: u64) -> std::io::Result<()> {
    let mut state = 1;
    let mut nodes = BufWriter::new(File::create(folder.join("nodes.csv"))?);
    writeln!(nodes, "id,a,b,c,d,label")?;
    for node in 0..num_nodes {
        let [a, b, c, d] = std::array::from_fn(|_| draw(&mut state, 2_000_000) as f64 / 1e6 - 1.0);
        let label = draw(&mut state, 7);
        writeln!(nodes, "n{node},{a},{b},{c},{d},class{label}")?;
    }
    nodes.flush()?;
    let mut edges = BufWriter::new(File::create(folder.join("edges.csv"))?);
    writeln!(edges, "source,target")?;
    for _ in 0..num_edges {
        let [src, dst] = std::array::from_fn(|_| draw(&mut state, num_nodes));
        writeln!(edges, "n{src},n{dst}")?;
    }
    edges.flush()
}

/// The next number below `bound` of a linear congruential generator.
fn draw(state: &mut u64, bound: u64) -> u64 {
    *state = state
        .wrapping_mul(6364136223846793005)
        .wrapping_add(1442695040888963407);
    (*state >> 33) % bound
}
