//! Numerics that know nothing of neurons.

pub mod circle;
pub mod circulant;
pub mod stats;
