//! The golden values as one test: no case may fail, and none may quietly become skipped.

use graxe_testkit::golden::{files, folder, read, run};

/// How many cases of a file have passed at least since they were last counted.
const PASSED: &[(&str, usize)] = &[
    ("control.json", 42),
    ("grads.json", 123),
    ("jaxpr.json", 20),
    ("layers.json", 52),
    ("ops.json", 216),
    ("optax.json", 62),
    ("random.json", 101),
    ("vmap.json", 45),
];

#[test]
fn graxe_agrees_with_the_golden_values() {
    let dir = folder();
    let report = run(&dir).unwrap();
    assert!(report.failed.is_empty(), "{report}");
    for file in files(&dir).unwrap() {
        let skipped = report.skipped.iter().filter(|v| v.file == file).count();
        let passed = read(&dir, &file).unwrap().len() - skipped;
        let wanted = PASSED.iter().find(|(name, _)| *name == file);
        let wanted = wanted.map_or(0, |(_, count)| *count);
        assert!(
            passed >= wanted,
            "{file}: {passed} cases pass, {wanted} have passed before\n{report}"
        );
    }
}
