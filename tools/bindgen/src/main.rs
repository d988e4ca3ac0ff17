//! `bindgen FILE.wasm FOLDER`: writes a module for the page around what cargo linked.
//!
//! The `wasm-bindgen` command does the same, but brings a test runner with a web server and
//! OpenSSL, which a bare machine cannot build. This needs nothing but Rust.

use std::error::Error;

use wasm_bindgen_cli_support::Bindgen;

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args_os().skip(1);
    let (Some(wasm), Some(folder)) = (args.next(), args.next()) else {
        return Err("usage: bindgen FILE.wasm FOLDER".into());
    };
    Bindgen::new().input_path(wasm).web(true)?.remove_name_section(true).generate(folder)?;
    Ok(())
}
