//! A computational-neuroscience laboratory that lives in a browser tab.
//!
//! A link names a [`lab::Recipe`]; a recipe starts a [`lab::Run`]; a run yields
//! [`lab::Event`]s, and the page shows them. Nothing else crosses.
//!
//! Read the modules in this order; each uses only those above it.

mod error;
pub mod learning;
pub mod rng;

pub use error::{Error, Result};
