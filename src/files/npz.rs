//! Arrays for NumPy: a zip archive of `.npy` files, format version 1.0 (`numpy.lib.format`).
//!
//! ```
//! use attractor_lab::files::npz::Npz;
//! use ndarray::arr2;
//!
//! let bytes = Npz::default().with("rates", &arr2(&[[0.0, 0.5], [1.0, 0.25]]))?.pack()?;
//! assert_eq!(&bytes[..4], b"PK\x03\x04");
//! # Ok::<(), attractor_lab::Error>(())
//! ```
//!
//! `numpy.load("data.npz")["rates"]` gives the array back.

use super::{npy, zip};
use crate::{Error, Result};
use ndarray::{ArrayRef, Dimension};
use ndarray_npy::{WritableElement, WriteNpyExt as _};

/// Named arrays on their way into one `.npz` file.
#[derive(Clone, Debug, Default)]
pub struct Npz {
    arrays: Vec<(String, Vec<u8>)>,
}

impl Npz {
    /// The same file with one more array, of any shape; kept in the array's own number format.
    ///
    /// # Errors
    /// [`Error::Write`] when the array has more axes than the format can say.
    pub fn with<A: WritableElement, D: Dimension>(
        mut self,
        name: &str,
        array: &ArrayRef<A, D>,
    ) -> Result<Self> {
        let mut bytes = Vec::new();
        array
            .write_npy(&mut bytes)
            .map_err(|error| Error::Write { what: name.into(), why: error.to_string() })?;
        self.arrays.push((format!("{name}.npy"), bytes));
        Ok(self)
    }

    /// The same file with a text, which `str(numpy.load("data.npz")["name"])` gives back.
    #[must_use]
    pub fn with_text(mut self, name: &str, text: &str) -> Self {
        self.arrays.push((format!("{name}.npy"), npy::write_text(text)));
        self
    }

    /// The file's bytes.
    ///
    /// # Errors
    /// [`Error::Write`] when two arrays share a name.
    pub fn pack(&self) -> Result<Vec<u8>> {
        let entries: Vec<_> =
            self.arrays.iter().map(|(name, bytes)| (name.clone(), &bytes[..])).collect();
        zip::pack(&entries)
    }
}
