#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| edge_signer_fuzz::inbox_file(data));
