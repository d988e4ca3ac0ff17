//! Circuits of neurons: one file, one paper.

pub mod ring;
