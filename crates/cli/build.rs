//! Links the unwinder into the command, so that it needs nothing but the system's C library.

use std::path::PathBuf;
use std::{env, fs};

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let is = |name: &str, value: &str| env::var(name).is_ok_and(|found| found == value);
    if !(is("CARGO_CFG_TARGET_OS", "linux") && is("CARGO_CFG_TARGET_ENV", "gnu")) {
        return;
    }
    let folder = PathBuf::from(env::var_os("OUT_DIR").expect("cargo names the folder"));
    // The standard library asks for GCC's shared library by this name; the linker takes the static one instead, which
    // every GCC has beside it.
    fs::write(folder.join("libgcc_s.so"), "INPUT(libgcc_eh.a)\n").expect("the folder is cargo's");
    println!("cargo:rustc-link-search=native={}", folder.display());
}
