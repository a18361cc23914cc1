//! `bindgen INPUT.wasm FOLDER`: the Worker's Wasm with its bindings to JavaScript, as FOLDER/index.js and
//! FOLDER/index_bg.wasm.

use std::env::args_os;
use std::path::PathBuf;

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;

fn main() -> Result<()> {
    let mut paths = args_os().skip(1).map(PathBuf::from);
    let (input, folder) =
        paths.next().zip(paths.next()).context("usage: bindgen INPUT.wasm FOLDER")?;
    Bindgen::new()
        .input_path(input)
        .out_name("index")
        .web(true)?
        .typescript(false)
        // After a trap src/edge/worker.mjs begins anew.
        .reset_state_function(true)
        .generate(folder)
}
