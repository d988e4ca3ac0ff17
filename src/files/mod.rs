//! File formats, as bytes in and bytes out: the same bytes on every machine. What is read here may
//! have been written by anybody.

pub mod arrays;
pub mod csv;
pub mod npy;
pub mod npz;
pub mod unzip;
pub mod zip;
