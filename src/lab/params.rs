//! Knobs: one declaration gives the struct, its defaults, its limits, its entry in links, its
//! control on the page and its tooltip.

use super::Material;
use crate::{Error, Result};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};
use std::fmt::{self, Debug};
use std::ops::RangeInclusive;

/// Knob values by key, in the order the knobs were declared.
pub type Values = Map<String, Value>;

/// One control on the page.
#[derive(Clone, Debug, Serialize)]
pub struct Knob {
    /// Field name, and key in links.
    pub key: &'static str,
    /// Name on the page: the key in words.
    pub label: String,
    /// Tooltip: the field's own doc comment.
    pub help: String,
    /// Unit shown after the value; empty for pure numbers.
    pub unit: &'static str,
    /// Heading under which the page shows it.
    pub group: &'static str,
    /// Whether it may be turned while the run goes on.
    pub live: bool,
    /// What kind of control.
    #[serde(flatten)]
    pub kind: Kind,
    /// Value before anyone touches it.
    pub default: Value,
}

impl Knob {
    /// Reads a value of this knob from the text of a link.
    ///
    /// # Errors
    /// [`Error::BadValue`] when it is of the wrong kind or outside the limits.
    pub fn read(&self, text: &str) -> Result<Value> {
        let value = match &self.kind {
            Kind::Count { .. } => text.parse::<u64>().ok().map(Value::from),
            Kind::Number { .. } => {
                text.parse::<f64>().ok().filter(|number| number.is_finite()).map(Value::from)
            }
            Kind::Choice { .. } | Kind::Material { .. } => Some(Value::from(text)),
            Kind::Switch => text.parse::<bool>().ok().map(Value::from),
        };
        value.and_then(|value| self.admit(value)).ok_or_else(|| self.refusal(text))
    }

    /// Takes a value from the page: the same limits, already of a type.
    ///
    /// # Errors
    /// [`Error::BadValue`] when it is of the wrong kind or outside the limits.
    pub fn take(&self, value: &Value) -> Result<Value> {
        self.admit(value.clone()).ok_or_else(|| self.refusal(&value.to_string()))
    }

    /// `value` as this knob holds it, or nothing when it is not one of the knob's values.
    fn admit(&self, value: Value) -> Option<Value> {
        match &self.kind {
            Kind::Count { min, max } => {
                // JavaScript knows only floats: 64.0 is a whole number too.
                let count = value
                    .as_u64()
                    .or_else(|| value.as_f64().filter(|x| x.fract() == 0.0).map(|x| x as u64))?;
                (*min..=*max).contains(&count).then(|| Value::from(count))
            }
            Kind::Number { min, max } => {
                let number = value.as_f64()?;
                // Minus zero and zero are one value, and one link.
                (*min..=*max).contains(&number).then(|| Value::from(number + 0.0))
            }
            Kind::Choice { options } => {
                options.iter().any(|option| value == *option).then_some(value)
            }
            Kind::Switch => value.is_boolean().then_some(value),
            Kind::Material { .. } => value.as_str()?.parse::<Material>().is_ok().then_some(value),
        }
    }

    fn refusal(&self, text: &str) -> Error {
        refuse(self.key, text, &self.kind, self.unit)
    }
}

/// The kind of control a knob needs.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Kind {
    /// A whole number.
    Count {
        /// Least allowed.
        min: u64,
        /// Greatest allowed.
        max: u64,
    },
    /// A real number.
    Number {
        /// Least allowed.
        min: f64,
        /// Greatest allowed.
        max: f64,
    },
    /// One of a few names.
    Choice {
        /// The names, in order.
        options: Vec<&'static str>,
    },
    /// On or off.
    Switch,
    /// Something that the visitor opens from a file.
    Material {
        /// What kind of thing: “recording”.
        of: &'static str,
    },
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count { min, max } => write!(f, "a whole number from {min} to {max}"),
            Self::Number { min, max } => write!(f, "a number from {min} to {max}"),
            Self::Choice { options } => write!(f, "one of {}", options.join(", ")),
            Self::Switch => write!(f, "true or false"),
            Self::Material { of } => {
                write!(f, "none or the fingerprint of a {of}, sixteen hexadecimal digits")
            }
        }
    }
}

/// The values a knob may take.
pub trait Domain<T> {
    /// The control that offers exactly these values.
    fn kind(&self) -> Kind;
}

impl Domain<usize> for RangeInclusive<usize> {
    fn kind(&self) -> Kind {
        Kind::Count { min: *self.start() as u64, max: *self.end() as u64 }
    }
}

impl Domain<f64> for RangeInclusive<f64> {
    fn kind(&self) -> Kind {
        Kind::Number { min: *self.start(), max: *self.end() }
    }
}

impl Domain<bool> for [bool; 2] {
    fn kind(&self) -> Kind {
        Kind::Switch
    }
}

/// An enum of plain names, offered as a menu; made by [`choices!`](crate::choices!).
pub trait Choice: Sized + 'static {
    /// The name of this choice in links and menus.
    fn name(&self) -> &'static str;
}

impl<T: Choice, const N: usize> Domain<T> for [T; N] {
    fn kind(&self) -> Kind {
        Kind::Choice { options: self.iter().map(Choice::name).collect() }
    }
}

/// What the [`params!`](crate::params!) macro gives a struct.
pub trait Params:
    Default + Clone + PartialEq + Debug + Serialize + DeserializeOwned + 'static
{
    /// The knobs, in the order they were declared.
    fn knobs() -> Vec<Knob>;

    /// The values by key: every knob, in order.
    ///
    /// # Panics
    /// Never for a struct made by [`params!`](crate::params!), whose fields are plain values.
    #[must_use]
    fn values(&self) -> Values {
        match serde_json::to_value(self) {
            Ok(Value::Object(values)) => values,
            other => panic!("knobs serialise to an object, not {other:?}"),
        }
    }

    /// The struct with these `values`; a knob that is left out keeps its default.
    ///
    /// # Errors
    /// [`Error::BadValue`] for the first value that is not one of its knob's.
    fn from_values(values: &Values) -> Result<Self> {
        let mut complete = Self::default().values();
        for knob in Self::knobs() {
            if let Some(value) = values.get(knob.key) {
                complete.insert(knob.key.into(), knob.take(value)?);
            }
        }
        serde_json::from_value(Value::Object(complete))
            .map_err(|error| Error::BadLink { why: error.to_string() })
    }
}

/// The refusal of `text` as a value of the knob `key`.
#[must_use]
pub fn refuse(key: &str, text: &str, kind: &Kind, unit: &str) -> Error {
    let unit = if unit.is_empty() { String::new() } else { format!(" {unit}") };
    Error::BadValue { key: key.into(), value: shorten(text), allowed: format!("{kind}{unit}") }
}

/// A stranger's text, short enough to repeat in a sentence.
pub(super) fn shorten(text: &str) -> String {
    if text.chars().count() <= 40 {
        return text.into();
    }
    text.chars().take(39).chain(['…']).collect()
}

/// The key in words: `cue_strength` reads “Cue strength”.
#[doc(hidden)]
#[must_use]
pub fn label(key: &str) -> String {
    let words = key.replace('_', " ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Declares an experiment's knobs: `name: type = default, in domain[, "unit"][, live];`
///
/// ```
/// attractor_lab::params! {
///     /// What may be turned.
///     pub struct Params {
///         "The ring" {
///             /// Number of neurons.
///             neurons: usize = 64, in 8..=512;
///             /// Membrane time constant.
///             tau: f64 = 10.0, in 1.0..=100.0, "ms", live;
///         }
///     }
/// }
///
/// use attractor_lab::lab::Params as _;
/// let [neurons, tau] = &Params::knobs()[..] else { panic!("two knobs") };
/// assert_eq!(Params::default().neurons, 64);
/// assert_eq!(tau.help, "Membrane time constant.");
/// assert_eq!((tau.unit, tau.live, neurons.live), ("ms", true, false));
/// assert_eq!(
///     tau.read("0").unwrap_err().to_string(),
///     "tau cannot be “0”: it must be a number from 1 to 100 ms",
/// );
/// ```
#[macro_export]
macro_rules! params {
    (
        $(#[$meta:meta])*
        pub struct $name:ident {
            $( $group:literal {
                $(
                    $(#[doc = $help:literal])+
                    $field:ident: $type:ty = $default:expr, in $domain:expr
                        $(, $unit:literal)? $(, $live:ident)?;
                )*
            } )*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            $( $( $(#[doc = $help])+ pub $field: $type, )* )*
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $( $( $field: $default, )* )* }
            }
        }

        impl $crate::lab::Params for $name {
            fn knobs() -> Vec<$crate::lab::Knob> {
                let default = Self::default();
                vec![ $( $( $crate::lab::Knob {
                    key: stringify!($field),
                    label: $crate::lab::label(stringify!($field)),
                    help: concat!($($help),+).trim_ascii().to_owned(),
                    unit: concat!($($unit)?),
                    group: $group,
                    live: !concat!($(stringify!($live))?).is_empty(),
                    kind: $crate::lab::Domain::<$type>::kind(&$domain),
                    default: ::serde_json::json!(default.$field),
                }, )* )* ]
            }
        }
    };
}

/// Declares the names a knob may be set to.
///
/// ```
/// attractor_lab::choices! {
///     /// What moves the fly.
///     pub enum Drive {
///         /// It wanders.
///         Wander = "wander",
///         /// It sits still.
///         Rest = "rest",
///     }
/// }
///
/// use attractor_lab::lab::Choice as _;
/// assert_eq!(Drive::ALL.map(|drive| drive.name()), ["wander", "rest"]);
/// ```
#[macro_export]
macro_rules! choices {
    (
        $(#[$meta:meta])*
        pub enum $name:ident {
            $( $(#[$doc:meta])* $variant:ident = $text:literal, )+
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, ::serde::Serialize, ::serde::Deserialize)]
        pub enum $name {
            $( $(#[$doc])* #[serde(rename = $text)] $variant, )+
        }

        impl $name {
            /// Every choice, in the order of the menu.
            pub const ALL: [Self; [$($text),+].len()] = [$(Self::$variant),+];
        }

        impl $crate::lab::Choice for $name {
            fn name(&self) -> &'static str {
                match self { $( Self::$variant => $text, )+ }
            }
        }
    };
}
