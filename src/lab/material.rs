//! Material: what a visitor opened from a file and a run works on, such as a recording.
//!
//! A link names material by the fingerprint of its bytes, so it is never a hidden input: whoever
//! has the same file gets the same run, and whoever lacks it is told what to open.
//!
//! ```
//! use attractor_lab::lab::{Material, Shelf};
//!
//! let shelf = Shelf::default();
//! let opened = shelf.open(b"sixty neurons".to_vec());
//! assert_eq!(opened.to_string(), "05c49e0df324a178");
//! assert_eq!("05c49e0df324a178".parse(), Ok(opened));
//! assert_eq!("none".parse(), Ok(Material::None));
//! assert!("05C49E0DF324A178".parse::<Material>().is_err());
//! ```

use super::params::{Domain, Kind};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{fmt, str::FromStr};

/// Which material a run needs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Material {
    /// None: the experiment makes its own.
    #[default]
    None,
    /// The one whose bytes have this fingerprint: the first 64 bits of their SHA-256.
    Opened(u64),
}

impl Material {
    /// The name of these bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        let digest = Sha256::digest(bytes);
        let mut first = [0; 8];
        first.copy_from_slice(&digest[..8]);
        Self::Opened(u64::from_be_bytes(first))
    }

    /// Whether anything was opened.
    #[must_use]
    pub fn is_opened(self) -> bool {
        self != Self::None
    }
}

impl fmt::Display for Material {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("none"),
            Self::Opened(fingerprint) => write!(f, "{fingerprint:016x}"),
        }
    }
}

impl FromStr for Material {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "none" {
            return Ok(Self::None);
        }
        // One name, one spelling.
        u64::from_str_radix(text, 16)
            .map(Self::Opened)
            .ok()
            .filter(|material| material.to_string() == text)
            .ok_or_else(|| format!("“{text}” is not sixteen hexadecimal digits"))
    }
}

impl From<Material> for String {
    fn from(material: Material) -> Self {
        material.to_string()
    }
}

impl TryFrom<String> for Material {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

/// The domain of a knob that takes material of this kind: `in Of("recording")`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Of(pub &'static str);

impl Domain<Material> for Of {
    fn kind(&self) -> Kind {
        Kind::Material { of: self.0 }
    }
}

/// Material that a recipe needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Need {
    /// The knob that names it.
    pub knob: &'static str,
    /// What kind it is: “recording”.
    pub of: &'static str,
    /// Its fingerprint.
    pub fingerprint: Material,
}
