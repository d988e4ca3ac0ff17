//! File formats, as bytes in and bytes out: the same bytes on every machine.

pub mod npz;
pub mod zip;
