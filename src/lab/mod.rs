//! The vocabulary of the laboratory; it knows no neuroscience.

mod figure;

pub use figure::*;
