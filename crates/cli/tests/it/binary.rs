//! The command as a file: it runs wherever there is a C library.

use std::process::Command;

#[test]
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn it_needs_the_c_library_alone() {
    let output = Command::new("ldd")
        .arg(env!("CARGO_BIN_EXE_graxe"))
        .output()
        .unwrap_or_else(|e| panic!("ldd does not start: {e}"));
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("libc.so"), "{text}");
    let known = ["linux-vdso.so", "libc.so", "libm.so", "ld-linux"];
    for line in text.lines() {
        assert!(known.iter().any(|name| line.contains(name)), "{line}");
    }
}
