//! A recipe is everything needed to run an experiment again, and its text form is the share link.
//!
//! ```text
//! ring?v=1&seed=7&neurons=100&…&steps=1200&steer=120.turning.2.5~180.turning.0&fp=…
//! ```
//!
//! The link holds *every* knob, so that a later change of a default does not change what an old
//! link means; a knob that is added later reads as its default. What does not fit a readable link
//! is packed: `z1.` and the same text, deflated, in URL-safe base 64.

use super::params::{Knob, Values, shorten};
use super::{Entry, experiment};
use crate::{Error, Result};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use miniz_oxide::{deflate::compress_to_vec, inflate::decompress_to_vec_with_limit};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;

/// Version of the numerics: raised whenever the same recipe would give other numbers.
pub const NUMERICS: u32 = 1;

/// Longest link that is read.
const LONGEST_LINK: usize = 8_192;
/// Longest link that is left readable: chats and slides keep this much.
const LONGEST_READABLE: usize = 2_000;
/// Longest recipe file that is read.
const LONGEST_FILE: usize = 1 << 20;
/// Longest text a packed link may unfold to: a deflate bomb stops here.
const LONGEST_TEXT: usize = 65_536;

/// Everything needed to run an experiment again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recipe {
    /// [`Experiment::ID`](super::Experiment::ID).
    pub experiment: String,
    /// Seed of every random stream.
    pub seed: u64,
    /// Every knob's value at the start.
    pub values: Values,
    /// Where the run stood when it was shared; nothing for a run from the beginning to its end.
    pub steps: Option<u64>,
    /// What the visitor turned while it ran, in order.
    pub steering: Vec<Steer>,
    /// What came out.
    pub fingerprint: Option<Fingerprint>,
}

/// A live knob turned while a run went on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Steer {
    /// Steps done before the turn.
    pub step: u64,
    /// Which knob.
    pub key: String,
    /// Its new value.
    pub value: Value,
}

/// What a run came to: proof that another run came to the same.
///
/// ```
/// use attractor_lab::lab::Fingerprint;
///
/// let print = Fingerprint { state: 0xfeed, findings: vec![0.9, 40.0] };
/// assert_eq!(print.to_string(), "000000000000feed~9e-1~4e1");
/// assert_eq!(Fingerprint::read("000000000000feed~9e-1~4e1"), Some(print));
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fingerprint {
    /// The first 64 bits of the SHA-256 of the whole state.
    pub state: u64,
    /// The findings, for telling by how much another result differs.
    pub findings: Vec<f64>,
}

impl Fingerprint {
    /// Reads what [`Display`](fmt::Display) wrote.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let mut parts = text.split('~');
        let state = parts.next().filter(|hex| hex.len() == 16)?;
        let state = u64::from_str_radix(state, 16).ok()?;
        let findings = parts.map(str::parse).collect::<Result<Vec<f64>, _>>().ok()?;
        findings.iter().all(|finding| finding.is_finite()).then_some(Self { state, findings })
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.state)?;
        self.findings.iter().try_for_each(|finding| write!(f, "~{finding:e}"))
    }
}

impl Recipe {
    /// Reads a link, or a recipe file's text, which anybody may have written.
    ///
    /// # Errors
    /// One sentence: [`Error::BadLink`], [`Error::UnknownExperiment`], [`Error::UnknownKnob`],
    /// [`Error::BadValue`] or [`Error::Conflict`]. Nothing is ignored and nothing is clamped.
    pub fn read(link: &str, entries: &[Entry]) -> Result<Self> {
        let link = link.trim();
        let link = link.strip_prefix('#').unwrap_or(link);
        if link.starts_with('{') {
            return Self::open(link, entries);
        }
        if link.len() > LONGEST_LINK {
            return Err(Error::BadLink {
                why: format!(
                    "it is {} characters long, and the longest link is {LONGEST_LINK}",
                    link.len()
                ),
            });
        }
        match link.split_once('.') {
            Some((version, packed)) if is_packing(version) => {
                Self::parse(&unpack(version, packed)?, entries)
            }
            _ => Self::parse(&percent_decode(link), entries),
        }
    }

    /// Reads a recipe file: the JSON form, for runs that were steered too much for a link.
    fn open(json: &str, entries: &[Entry]) -> Result<Self> {
        let bad = |why: String| Error::BadFile { what: "the recipe".into(), why };
        if json.len() > LONGEST_FILE {
            return Err(bad(format!(
                "it is {} characters long, and the longest is {LONGEST_FILE}",
                json.len()
            )));
        }
        let recipe: Self = serde_json::from_str(json).map_err(|error| bad(error.to_string()))?;
        // What a link may say is what a file may say: one grammar, one set of limits.
        Self::parse(&recipe.to_string(), entries)
    }

    /// Reads what [`Display`](fmt::Display) wrote, however long it is.
    pub(super) fn parse(text: &str, entries: &[Entry]) -> Result<Self> {
        let (id, query) = text.split_once('?').unwrap_or((text, ""));
        let entry = Entry::find(entries, id)?;
        let (mut seed, mut version, mut steps, mut steering, mut fingerprint) =
            (None, None, None, None, None);
        let mut given = Values::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (key, value) = pair.split_once('=').ok_or_else(|| Error::BadLink {
                why: format!("“{}” has no “=” between a knob and its value", shorten(pair)),
            })?;
            let first = match key {
                "v" => version.replace(read_version(value)?).is_none(),
                "seed" => seed.replace(whole("seed", value, u64::MAX)?).is_none(),
                "steps" => steps.replace(whole("steps", value, 1_000_000_000)?).is_none(),
                "steer" => steering.replace(read_steering(value, entry)?).is_none(),
                "fp" => fingerprint.replace(read_fingerprint(value)?).is_none(),
                _ => given.insert(key.into(), entry.knob(key)?.read(value)?).is_none(),
            };
            if !first {
                return Err(Error::BadLink {
                    why: format!("“{}” is set twice, and a knob has one value", shorten(key)),
                });
            }
        }
        let recipe = Self {
            experiment: id.into(),
            seed: seed.unwrap_or(0),
            values: entry.complete(&given)?,
            steps,
            steering: steering.unwrap_or_default(),
            fingerprint,
        };
        if let (Some(end), Some(last)) = (recipe.steps, recipe.steering.last())
            && last.step > end
        {
            return Err(Error::BadValue {
                key: "steer".into(),
                value: format!("a turn at step {}", last.step),
                allowed: format!("at or before the last step, {end}"),
            });
        }
        Ok(recipe)
    }

    /// The recipe of `entry` with these `values`; a knob that is left out keeps its default.
    ///
    /// # Errors
    /// [`Error::UnknownKnob`], [`Error::BadValue`] or [`Error::Conflict`].
    pub fn new(entry: &Entry, seed: u64, values: &Values) -> Result<Self> {
        values.keys().try_for_each(|key| entry.knob(key).map(drop))?;
        Ok(Self {
            experiment: entry.id.into(),
            seed,
            values: entry.complete(values)?,
            steps: None,
            steering: Vec::new(),
            fingerprint: None,
        })
    }

    /// The shortest link that says it all: readable if it is not too long, else packed.
    #[must_use]
    pub fn link(&self) -> String {
        let readable = self.to_string();
        if readable.len() <= LONGEST_READABLE {
            return readable;
        }
        let packed = URL_SAFE_NO_PAD.encode(compress_to_vec(readable.as_bytes(), 9));
        format!("z1.{packed}")
    }
}

impl fmt::Display for Recipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}?v={NUMERICS}&seed={}", self.experiment, self.seed)?;
        for (key, value) in &self.values {
            write!(f, "&{key}={}", bare(value))?;
        }
        if let Some(steps) = self.steps {
            write!(f, "&steps={steps}")?;
        }
        for (place, Steer { step, key, value }) in self.steering.iter().enumerate() {
            let joint = if place == 0 { "&steer=" } else { "~" };
            write!(f, "{joint}{step}.{key}.{}", bare(value))?;
        }
        if let Some(fingerprint) = &self.fingerprint {
            write!(f, "&fp={fingerprint}")?;
        }
        Ok(())
    }
}

/// A value as a link shows it: names without quotation marks.
fn bare(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn is_packing(version: &str) -> bool {
    version.strip_prefix('z').is_some_and(|digits| {
        !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
    })
}

fn unpack(version: &str, packed: &str) -> Result<String> {
    let bad = |why: &str| Error::BadLink { why: why.into() };
    if version != "z1" {
        return Err(bad("it was packed by a newer laboratory"));
    }
    let deflated =
        URL_SAFE_NO_PAD.decode(packed).map_err(|_| bad("the packed part is not base 64"))?;
    let text = decompress_to_vec_with_limit(&deflated, LONGEST_TEXT)
        .map_err(|_| bad("the packed part is damaged or unfolds to more than 65536 characters"))?;
    String::from_utf8(text).map_err(|_| bad("the packed part is not text"))
}

/// Undoes what chats and mail programs do to the rarer characters of a link.
fn percent_decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let code = match tail {
            [high, low, ..] if *first == b'%' => std::str::from_utf8(&[*high, *low])
                .ok()
                .and_then(|hex| u8::from_str_radix(hex, 16).ok()),
            _ => None,
        };
        bytes.push(code.unwrap_or(*first));
        rest = if code.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn whole(key: &str, text: &str, most: u64) -> Result<u64> {
    text.parse().ok().filter(|number| *number <= most).ok_or_else(|| Error::BadValue {
        key: key.into(),
        value: shorten(text),
        allowed: format!("a whole number from 0 to {most}"),
    })
}

fn read_version(text: &str) -> Result<u32> {
    match text.parse::<u32>() {
        Ok(version) if version == NUMERICS => Ok(version),
        _ => Err(Error::BadValue {
            key: "v".into(),
            value: shorten(text),
            allowed: format!("{NUMERICS}, the version of the numbers this laboratory computes"),
        }),
    }
}

fn read_fingerprint(text: &str) -> Result<Fingerprint> {
    Fingerprint::read(text).ok_or_else(|| Error::BadValue {
        key: "fp".into(),
        value: shorten(text),
        allowed: "sixteen hexadecimal digits and the findings, as the laboratory wrote them".into(),
    })
}

fn read_steering(text: &str, entry: &Entry) -> Result<Vec<Steer>> {
    let mut steering: Vec<Steer> = Vec::new();
    for turn in text.split('~').filter(|turn| !turn.is_empty()) {
        let bad = || Error::BadValue {
            key: "steer".into(),
            value: shorten(turn),
            allowed: "a list of step.knob.value joined by ~, in order".into(),
        };
        let (step, rest) = turn.split_once('.').ok_or_else(bad)?;
        let (key, value) = rest.split_once('.').ok_or_else(bad)?;
        let step = whole("steer", step, 1_000_000_000)?;
        if steering.last().is_some_and(|last| last.step > step) {
            return Err(bad());
        }
        let value = experiment::live(entry.knob(key)?)?.read(value)?;
        steering.push(Steer { step, key: key.into(), value });
    }
    Ok(steering)
}

/// The knob `key` among `knobs`.
pub(super) fn find_knob<'a>(knobs: &'a [Knob], experiment: &str, key: &str) -> Result<&'a Knob> {
    knobs.iter().find(|knob| knob.key == key).ok_or_else(|| Error::UnknownKnob {
        experiment: experiment.into(),
        key: shorten(key),
        known: knobs.iter().map(|knob| knob.key).collect::<Vec<_>>().join(", "),
    })
}
