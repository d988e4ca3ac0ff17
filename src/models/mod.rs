//! Circuits of neurons: one file, one paper.

pub mod leaky;
pub mod ring;
