//! Looks at a network without touching it: arrays in, numbers out; one file, one analysis.
//!
//! Whoever runs the network decides how long and in what slices; what it did is passed here as
//! arrays, `[step, neuron]`.

pub mod baseline;
pub mod bump;
pub mod connectivity;
pub mod diffusion;
pub mod fixed_points;
pub mod gain;
pub mod heading;
pub mod modulation;
pub mod performance;
pub mod prediction;
pub mod psychometric;
pub mod ring_order;
pub mod settling;
pub mod statistics;
pub mod tuning;
