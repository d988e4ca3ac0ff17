//! Numerics that know nothing of neurons.

pub mod circulant;
