#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| edge_signer_fuzz::store_event(data));
