//! Feeds arbitrary bytes to the reader of pickles.
//!
//! `RUSTC_BOOTSTRAP=1 cargo fuzz run pickle -s none -- -max_total_time=3600 -max_len=65536 -rss_limit_mb=2048`

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| graxe_data::fuzz_pickle(data));
