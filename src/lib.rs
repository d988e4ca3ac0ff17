//! A computational-neuroscience laboratory that lives in a browser tab.
//!
//! A link names a [`lab::Recipe`]; a recipe starts a [`lab::Run`]; a run yields
//! [`lab::Event`]s, and the page shows them. Nothing else crosses.
//!
//! Read the modules in this order; each uses only those above it.

mod error;
pub mod rng;

pub mod crew;
pub mod files;
pub mod math;

pub mod models;
pub mod tasks;

pub mod analysis;
pub mod learning;

pub mod jobs;

pub mod lab;

pub mod experiments;

pub mod plot;

pub mod bundle;

#[cfg(target_family = "wasm")]
pub mod web;

#[cfg(any(doc, doctest))]
pub mod book;

pub use error::{Error, Result};
