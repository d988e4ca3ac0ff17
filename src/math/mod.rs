//! Numerics that know nothing of neurons.

pub mod circle;
pub mod circulant;
pub mod eigen;
pub mod pca;
pub mod stats;
