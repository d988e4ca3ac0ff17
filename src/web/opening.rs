//! Files that a visitor opens.

use super::{SHELF, Thrown, fail, figure_to_js, object, to_js};
use crate::Result;
use crate::experiments::{opening, recording::Mapping};
use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::*;

/// Files that a visitor opened, not yet a recording.
#[wasm_bindgen]
pub struct Opening(opening::Opening);

#[wasm_bindgen]
impl Opening {
    /// Opens files together: their names, and their contents as byte arrays.
    pub fn read(names: Vec<String>, contents: Array) -> Thrown<Opening> {
        let bytes = contents.iter().map(|bytes| Uint8Array::new(&bytes).to_vec());
        opening::Opening::read(names.into_iter().zip(bytes).collect()).map(Self).map_err(fail)
    }

    /// Throws when files of so many bytes are too large, before anybody reads them.
    pub fn admit(what: &str, bytes: f64) -> Thrown<()> {
        opening::Opening::admit(what, bytes as u64).map_err(fail)
    }

    /// What is in them: `{ arrays, leftOut, guess, whyNot }`.
    pub fn listing(&self) -> Thrown<JsValue> {
        to_js(&self.0.listing())
    }

    /// What a choice makes of them: `{ fingerprint, about, facts, figure, bytes }`.
    pub fn take(&self, mapping: JsValue) -> Thrown<JsValue> {
        let mapping: Mapping = serde_wasm_bindgen::from_value(mapping)?;
        taken(self.0.take(&mapping))
    }
}

/// The network in a file: `{ fingerprint, about, facts, figure, bytes }`.
#[wasm_bindgen(js_name = openNetwork)]
#[allow(unreachable_pub, reason = "JavaScript reaches it")]
pub fn open_network(name: &str, bytes: Vec<u8>) -> Thrown<JsValue> {
    taken(opening::network(name, bytes))
}

fn taken(taken: Result<opening::Taken>) -> Thrown<JsValue> {
    let taken = taken.map_err(fail)?;
    object(&[
        ("fingerprint", taken.material.to_string().into()),
        ("about", taken.about.into()),
        ("facts", to_js(&taken.facts)?),
        ("figure", figure_to_js(&taken.figure)?),
        ("bytes", Uint8Array::from(&taken.bytes[..]).into()),
    ])
}

/// Puts material that was opened earlier on the shelf of this build, and returns its fingerprint.
#[must_use]
#[wasm_bindgen(js_name = keepMaterial)]
#[allow(unreachable_pub, reason = "JavaScript reaches it")]
pub fn keep_material(bytes: Vec<u8>) -> String {
    SHELF.with(|shelf| shelf.open(bytes)).to_string()
}
