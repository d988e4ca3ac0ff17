//! Zip archives whose bytes depend on nothing but their entries: no clock, no machine.
//!
//! ```
//! let zip = attractor_lab::files::zip::pack(&[("hello.txt".into(), b"hello")])?;
//! assert_eq!(&zip[..4], b"PK\x03\x04");
//! assert_eq!(zip, attractor_lab::files::zip::pack(&[("hello.txt".into(), b"hello")])?);
//! # Ok::<(), attractor_lab::Error>(())
//! ```

use crate::{Error, Result};
use std::io::{Cursor, Write as _};
use zip::{CompressionMethod, DateTime, ZipWriter, write::SimpleFileOptions};

/// A zip archive of `entries` (name, contents), in their order.
///
/// What is compressed already (zip, npz, png) is stored as it is, and so are arrays, as NumPy stores
/// them: numbers hardly shrink, and it takes a large part of a second.
///
/// # Errors
/// [`Error::Write`] when two entries share a name or one is beyond 4 GiB.
pub fn pack(entries: &[(String, &[u8])]) -> Result<Vec<u8>> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        let stored = [".npz", ".npy", ".zip", ".png"].iter().any(|end| name.ends_with(end));
        let method = if stored { CompressionMethod::Stored } else { CompressionMethod::Deflated };
        let options = SimpleFileOptions::default()
            .compression_method(method)
            // The first date a zip file can bear: the same run gives the same bytes.
            .last_modified_time(DateTime::default());
        archive.start_file(name.as_str(), options).map_err(|error| refusal(name, &error))?;
        archive.write_all(bytes).map_err(|error| refusal(name, &error))?;
    }
    let packed = archive.finish().map_err(|error| refusal("the archive", &error))?;
    Ok(packed.into_inner())
}

fn refusal(what: &str, error: &dyn std::error::Error) -> Error {
    Error::Write { what: what.into(), why: error.to_string() }
}
