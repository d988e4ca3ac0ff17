//! Circuits of neurons: one file, one paper.

pub mod activation;
pub mod leaky;
pub mod rate_network;
pub mod ring;
