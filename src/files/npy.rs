//! Arrays from NumPy: one `.npy` file, format versions 1 to 3 (`numpy.lib.format`), read as a
//! stranger's.
//!
//! ```text
//! 93 "NUMPY" · major · minor · length of the header (u16; u32 from version 2) · header · numbers
//! header: {'descr': '<f8', 'fortran_order': False, 'shape': (20, 1000, 60), }
//! ```
//!
//! Whole numbers, floating-point numbers and truth values, of either byte order, in C or Fortran
//! order. Nothing is allocated on the word of the header: its length, its shape and the bytes that
//! follow have to agree first. (`ndarray-npy`, which writes our files, allocates what a header asks
//! for and parses it by recursion, so it is not let near a file that somebody else wrote.)
//!
//! ```
//! use attractor_lab::files::npy::Npy;
//! use ndarray::arr2;
//! use ndarray_npy::WriteNpyExt as _;
//!
//! let mut bytes = Vec::new();
//! arr2(&[[0.5, 1.0], [2.0, 4.0]]).write_npy(&mut bytes)?;
//! let npy = Npy::read("rates.npy", bytes)?;
//! assert_eq!((npy.shape(), npy.number()), (&[2, 2][..], "float64"));
//! assert_eq!(npy.values("rates")?, arr2(&[[0.5_f32, 1.0], [2.0, 4.0]]).into_dyn());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use crate::{Error, Result};
use ndarray::{ArrayD, Dimension as _, IxDyn, ShapeBuilder as _};
use std::fmt::Display;

/// First bytes of every `.npy` file.
pub const MAGIC: &[u8; 6] = b"\x93NUMPY";
/// Longest header that is read: NumPy's own limit.
const LONGEST_HEADER: usize = 10_000;
/// Most axes of an array.
const MOST_AXES: usize = 8;
/// Most numbers of an array: 128 MiB in single precision.
pub const MOST_NUMBERS: usize = 1 << 25;

/// An array in the number format in which it was written.
#[derive(Clone, Debug, PartialEq)]
pub struct Npy {
    shape: Vec<usize>,
    format: Format,
    fortran: bool,
    bytes: Vec<u8>,
    /// Where the numbers begin in `bytes`.
    start: usize,
}

/// Why a file is not read, as a clause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It is not what it says.
    Damaged(String),
    /// It is sound, and holds something else than numbers.
    Unfit(String),
}

impl<T: Into<String>> From<T> for Refusal {
    fn from(why: T) -> Self {
        Self::Damaged(why.into())
    }
}

/// How one number is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Format {
    /// NumPy's letter: b(ool), i(nteger), u(nsigned), f(loat).
    kind: u8,
    /// Bytes.
    size: usize,
    big: bool,
}

impl Npy {
    /// Reads the file called `what`.
    ///
    /// # Errors
    /// [`Error::BadFile`] with the field, its value and what is allowed.
    pub fn read(what: &str, bytes: Vec<u8>) -> Result<Self> {
        read(bytes).map_err(|(Refusal::Damaged(why) | Refusal::Unfit(why))| Error::BadFile {
            what: what.into(),
            why,
        })
    }

    /// The length of each axis.
    #[must_use]
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// The number format in NumPy's words: `float64`.
    #[must_use]
    pub fn number(&self) -> &'static str {
        self.format.name()
    }

    /// The numbers in single precision, in C order.
    ///
    /// # Errors
    /// [`Error::BadValue`] for the first number that is not finite in single precision, with its
    /// place in the array, which is called `what`.
    ///
    /// # Panics
    /// Never: the shape was checked against the numbers when the file was read.
    pub fn values(&self, what: &str) -> Result<ArrayD<f32>> {
        self.array(what, |number| number as f32)
    }

    /// The numbers in double precision, in C order.
    ///
    /// # Errors
    /// [`Error::BadValue`] for the first number that is not finite, with its place in the array,
    /// which is called `what`.
    ///
    /// # Panics
    /// Never: the shape was checked against the numbers when the file was read.
    pub fn doubles(&self, what: &str) -> Result<ArrayD<f64>> {
        self.array(what, |number| number)
    }

    fn array<T: Copy + Display + Into<f64>>(
        &self,
        what: &str,
        number: impl Fn(f64) -> T,
    ) -> Result<ArrayD<T>> {
        let numbers = self.bytes[self.start..].chunks_exact(self.format.size);
        let values: Vec<T> = numbers.map(|b| number(self.format.decode(b))).collect();
        let shape = IxDyn(&self.shape).set_f(self.fortran);
        let array = ArrayD::from_shape_vec(shape, values).expect("read() compared the lengths");
        let array = if self.fortran { array.as_standard_layout().into_owned() } else { array };
        let infinite = |value: T| !value.into().is_finite();
        if let Some((at, odd)) = array.indexed_iter().find(|(_, value)| infinite(**value)) {
            return Err(Error::BadValue {
                key: format!("{what}{:?}", at.slice()),
                value: odd.to_string(),
                allowed: "a finite number".into(),
            });
        }
        Ok(array)
    }
}

impl Format {
    /// Reads NumPy's `descr`, such as `<f8`.
    fn read(text: &str) -> Option<Self> {
        let (order, rest) = text.split_at_checked(1)?;
        let (order, rest) = match order {
            "<" | ">" | "|" | "=" => (order, rest),
            _ => ("=", text),
        };
        let (kind, size) = rest.split_at_checked(1)?;
        let format = Self { kind: kind.as_bytes()[0], size: size.parse().ok()?, big: order == ">" };
        // “|b1” and “|u1” have no byte order, all else is little-endian unless it says otherwise.
        (!format.name().is_empty()).then_some(format)
    }

    fn name(self) -> &'static str {
        match (self.kind, self.size) {
            (b'b', 1) => "bool",
            (b'i', 1) => "int8",
            (b'i', 2) => "int16",
            (b'i', 4) => "int32",
            (b'i', 8) => "int64",
            (b'u', 1) => "uint8",
            (b'u', 2) => "uint16",
            (b'u', 4) => "uint32",
            (b'u', 8) => "uint64",
            (b'f', 2) => "float16",
            (b'f', 4) => "float32",
            (b'f', 8) => "float64",
            _ => "",
        }
    }

    /// The number that these bytes stand for.
    fn decode(self, bytes: &[u8]) -> f64 {
        let mut word = [0; 8];
        for (place, &byte) in bytes.iter().enumerate() {
            word[if self.big { self.size - 1 - place } else { place }] = byte;
        }
        let bits = u64::from_le_bytes(word);
        // An integer's sign moves up to the top bit and back again.
        let empty = 64 - 8 * self.size as u32;
        match (self.kind, self.size) {
            (b'i', _) => ((bits << empty).cast_signed() >> empty) as f64,
            (b'f', 8) => f64::from_bits(bits),
            (b'f', 4) => f64::from(f32::from_bits(bits as u32)),
            (b'f', _) => half(bits as u16),
            _ => bits as f64,
        }
    }
}

/// A number of 16 bits: sign, 5 bits of exponent, 10 of fraction (IEEE 754).
fn half(bits: u16) -> f64 {
    let (exponent, fraction) = (i32::from(bits >> 10 & 31), f64::from(bits & 1023));
    let size = match exponent {
        0 => libm::ldexp(fraction, -24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => libm::ldexp(1024.0 + fraction, exponent - 25),
    };
    if bits >> 15 == 1 { -size } else { size }
}

/// As [`Npy::read`], telling what is damaged from what is merely no array of numbers.
///
/// # Errors
/// [`Refusal`].
pub fn read(bytes: Vec<u8>) -> Checked<Npy> {
    let rest = bytes.strip_prefix(MAGIC).ok_or("it does not begin with NumPy’s “\\x93NUMPY”")?;
    let all = bytes.len();
    let short = || format!("it ends after {all} bytes, inside its header");
    let (&[major, _minor], rest) = rest.split_first_chunk().ok_or_else(short)?;
    let (length, rest) = match major {
        1 => {
            let (length, rest) = rest.split_first_chunk().ok_or_else(short)?;
            (u32::from(u16::from_le_bytes(*length)), rest)
        }
        2 | 3 => {
            let (length, rest) = rest.split_first_chunk().ok_or_else(short)?;
            (u32::from_le_bytes(*length), rest)
        }
        _ => return Err(format!("its format version is {major}, and 1, 2 and 3 are known").into()),
    };
    let length = length as usize;
    if length > LONGEST_HEADER {
        return Err(format!(
            "its header says it is {length} bytes long, and the longest is {LONGEST_HEADER}"
        )
        .into());
    }
    let (header, numbers) = rest.split_at_checked(length).ok_or_else(short)?;
    let header = std::str::from_utf8(header).map_err(|_| "its header is not text".to_owned())?;
    let Header { format, fortran, shape } = Header::read(header)?;
    let start = all - numbers.len();
    let count = count(&shape)?;
    let wanted = count * format.size; // at most 2²⁵ numbers of 8 bytes
    if numbers.len() != wanted {
        return Err(format!(
            "its shape {shape:?} of {} takes {wanted} bytes, and {} follow the header",
            format.name(),
            numbers.len()
        )
        .into());
    }
    Ok(Npy { shape, format, fortran, bytes, start })
}

/// The file of one text, as NumPy writes `np.array("tanh")`.
#[must_use]
pub fn write_text(text: &str) -> Vec<u8> {
    let length = text.chars().count();
    let mut header = format!("{{'descr': '<U{length}', 'fortran_order': False, 'shape': (), }}");
    // The numbers begin at a multiple of 64 bytes; before the header there are 10.
    let padded = (10 + header.len() + 1).next_multiple_of(64) - 10;
    header += &" ".repeat(padded - header.len() - 1);
    header.push('\n');
    let mut bytes = MAGIC.to_vec();
    bytes.extend([1, 0]);
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.bytes());
    text.chars().for_each(|letter| bytes.extend(u32::from(letter).to_le_bytes()));
    bytes
}

/// The text of a file that holds one text of up to 100 letters; nothing for any other file.
#[must_use]
pub fn read_text(bytes: &[u8]) -> Option<String> {
    let (length, rest) = bytes.strip_prefix(MAGIC)?.strip_prefix(&[1, 0])?.split_first_chunk()?;
    let (header, letters) = rest.split_at_checked(usize::from(u16::from_le_bytes(*length)))?;
    let header: String =
        std::str::from_utf8(header).ok()?.chars().filter(|letter| *letter != ' ').collect();
    let (before, descr) = header.split_once("'descr':'")?;
    let (order, descr) = descr.split_at_checked(1)?;
    let (count, after) = descr.strip_prefix('U')?.split_once('\'')?;
    let count: usize = count.parse().ok().filter(|count| *count <= 100)?;
    let single = before.contains("'shape':()") || after.contains("'shape':()");
    if !single || letters.len() != 4 * count {
        return None;
    }
    let letters = letters.chunks_exact(4).map(|letter| match (order, letter) {
        ("<", &[a, b, c, d]) => char::from_u32(u32::from_le_bytes([a, b, c, d])),
        (">", &[a, b, c, d]) => char::from_u32(u32::from_be_bytes([a, b, c, d])),
        _ => None,
    });
    // Short texts are filled up with zeros.
    letters.take_while(|letter| *letter != Some('\0')).collect()
}

/// How many numbers an array of this shape has.
fn count(shape: &[usize]) -> Checked<usize> {
    if shape.len() > MOST_AXES {
        return Err(format!("it has {} axes, and the most is {MOST_AXES}", shape.len()).into());
    }
    if shape.contains(&0) {
        return Err(format!("its shape {shape:?} holds no number, and it takes one").into());
    }
    shape
        .iter()
        .try_fold(1_usize, |product, &axis| product.checked_mul(axis))
        .filter(|&count| count <= MOST_NUMBERS)
        .ok_or_else(|| format!("its shape {shape:?} holds more than {MOST_NUMBERS} numbers").into())
}

type Checked<T> = std::result::Result<T, Refusal>;

struct Header {
    format: Format,
    fortran: bool,
    shape: Vec<usize>,
}

impl Header {
    /// Reads the dictionary, which is Python's text: a few fixed keys, no nesting worth the name.
    fn read(text: &str) -> Checked<Self> {
        let shown = |text: &str| text.trim().chars().take(40).collect::<String>();
        let inside = text
            .trim()
            .strip_prefix('{')
            .and_then(|text| text.strip_suffix('}'))
            .ok_or_else(|| format!("its header “{}” is not NumPy’s", shown(text)))?;
        let (mut format, mut fortran, mut shape) = (None, None, None);
        let mut rest = inside.trim();
        while !rest.is_empty() {
            let (key, after) = quoted(rest)
                .ok_or_else(|| format!("its header has no key at “{}”", shown(rest)))?;
            let value = after.trim_start().strip_prefix(':').map(str::trim_start);
            let value = value.ok_or_else(|| format!("its header gives {key} no value"))?;
            let bad = |allowed: &str| {
                format!("its {} is “{}”, and it must be {allowed}", shown(key), shown(value))
            };
            rest = match key {
                "descr" => {
                    let records = || Refusal::Unfit(bad("one kind of number, not records"));
                    let (name, rest) = quoted(value).ok_or_else(records)?;
                    format = Some(Format::read(name).ok_or_else(|| unfit(name))?);
                    rest
                }
                "fortran_order" => {
                    let end = value.find(',').unwrap_or(value.len());
                    fortran = Some(match value[..end].trim() {
                        "True" => true,
                        "False" => false,
                        _ => return Err(bad("True or False").into()),
                    });
                    &value[end..]
                }
                "shape" => {
                    let allowed = "a list of lengths in parentheses, such as (20, 1000, 60)";
                    let (axes, rest) = value
                        .strip_prefix('(')
                        .and_then(|text| text.split_once(')'))
                        .ok_or_else(|| bad(allowed))?;
                    let axes = axes.trim().trim_end_matches(',').split(',').map(str::trim);
                    let axes: Option<Vec<usize>> = axes
                        .filter(|axis| !axis.is_empty())
                        // Python 2 wrote long numbers with an L.
                        .map(|axis| axis.trim_end_matches('L').parse().ok())
                        .collect();
                    shape = Some(axes.ok_or_else(|| bad(allowed))?);
                    rest
                }
                _ => {
                    return Err(format!(
                        "its header has a key “{}”, and the keys are descr, fortran_order, shape",
                        shown(key)
                    )
                    .into());
                }
            };
            rest = rest.trim_start();
            rest = rest.strip_prefix(',').unwrap_or(rest).trim_start();
        }
        match (format, fortran, shape) {
            (Some(format), Some(fortran), Some(shape)) => Ok(Self { format, fortran, shape }),
            _ => Err("its header lacks one of descr, fortran_order, shape".into()),
        }
    }
}

/// The text between quotation marks that `text` begins with, and what follows.
fn quoted(text: &str) -> Option<(&str, &str)> {
    let mark = text.chars().next().filter(|mark| matches!(mark, '\'' | '"'))?;
    text[1..].split_once(mark)
}

/// Why numbers of the format `name` are not read.
fn unfit(name: &str) -> Refusal {
    let short: String = name.chars().take(20).collect();
    let bare = name.trim_start_matches(['<', '>', '|', '=']);
    let is = match bare.chars().next() {
        Some('O') => "it holds Python objects, which are programs and are never run here",
        Some('c') => "its numbers are complex",
        Some('S' | 'U' | 'a') => "it holds texts",
        Some('M' | 'm') => "it holds dates or durations",
        Some('V') => "it holds records",
        _ => "its kind of number is not known here",
    };
    Refusal::Unfit(format!(
        "{is} (descr “{short}”); allowed are bool, int8 to int64, uint8 to uint64, float16, \
         float32 and float64"
    ))
}

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "these numbers are exact")]
pub(super) mod tests {
    use super::{Npy, half};
    use ndarray::arr3;
    use ndarray_npy::WriteNpyExt as _;

    /// A file with this header, as NumPy would write it, and these numbers.
    pub(in super::super) fn file(version: u8, header: &str, numbers: &[u8]) -> Vec<u8> {
        let mut bytes = b"\x93NUMPY".to_vec();
        bytes.extend([version, 0]);
        let length = header.len() as u32;
        let length = length.to_le_bytes();
        bytes.extend(if version == 1 { &length[..2] } else { &length[..] });
        bytes.extend(header.as_bytes());
        bytes.extend(numbers);
        bytes
    }

    fn header(descr: &str, fortran: bool, shape: &str) -> String {
        let fortran = if fortran { "True" } else { "False" };
        format!("{{'descr': '{descr}', 'fortran_order': {fortran}, 'shape': {shape}, }}\n")
    }

    fn values(version: u8, descr: &str, fortran: bool, shape: &str, numbers: &[u8]) -> Vec<f32> {
        let file = file(version, &header(descr, fortran, shape), numbers);
        let npy = Npy::read("it", file).unwrap();
        npy.values("it").unwrap().iter().copied().collect()
    }

    fn refusal(bytes: Vec<u8>) -> String {
        Npy::read("a.npy", bytes).expect_err("a bad file").to_string()
    }

    #[test]
    fn a_text_is_read_as_it_was_written_and_nothing_else_is_a_text() {
        for text in ["", "tanh", "µ-law"] {
            let bytes = super::write_text(text);
            assert_eq!(bytes.len() % 64, 4 * text.chars().count() % 64);
            assert_eq!(super::read_text(&bytes).as_deref(), Some(text));
            for end in 0..bytes.len() {
                assert_eq!(super::read_text(&bytes[..end]), None, "{end} bytes of {text}");
            }
        }
        let big = header(">U2", false, "()");
        assert_eq!(super::read_text(&file(1, &big, b"\0\0\0a\0\0\0\0")).as_deref(), Some("a"));
        for (descr, shape) in [("<U2", "(1,)"), ("<f8", "()"), ("<U9999999999999999999", "()")] {
            assert_eq!(super::read_text(&file(1, &header(descr, false, shape), &[0; 8])), None);
        }
    }

    #[test]
    fn double_precision_keeps_every_bit() {
        let file = file(1, &header("<f8", false, "(1,)"), &0.1_f64.to_le_bytes());
        assert_eq!(Npy::read("it", file).unwrap().doubles("it").unwrap()[[0]], 0.1);
    }

    #[test]
    fn every_kind_of_number_is_read_in_either_byte_order() {
        for version in 1..=3 {
            assert_eq!(values(version, "|b1", false, "(2,)", &[0, 1]), [0.0, 1.0]);
            assert_eq!(values(version, "|i1", false, "(2,)", &[255, 2]), [-1.0, 2.0]);
            assert_eq!(values(version, "|u1", false, "(2,)", &[255, 2]), [255.0, 2.0]);
        }
        assert_eq!(values(1, "<i2", false, "(1,)", &(-300_i16).to_le_bytes()), [-300.0]);
        assert_eq!(values(1, ">i2", false, "(1,)", &(-300_i16).to_be_bytes()), [-300.0]);
        assert_eq!(values(1, ">u4", false, "(1,)", &70_000_u32.to_be_bytes()), [70_000.0]);
        assert_eq!(values(1, "<i8", false, "(1,)", &(-7_i64).to_le_bytes()), [-7.0]);
        assert_eq!(values(1, "<u8", false, "(1,)", &(1_u64 << 40).to_le_bytes()), [2_f32.powi(40)]);
        assert_eq!(values(1, "<f4", false, "(1,)", &1.5_f32.to_le_bytes()), [1.5]);
        assert_eq!(values(1, ">f8", false, "(1,)", &(-2.25_f64).to_be_bytes()), [-2.25]);
        assert_eq!(values(1, "<f2", false, "(1,)", &0x3e00_u16.to_le_bytes()), [1.5]);
        assert_eq!(values(1, ">f2", false, "(1,)", &0xc000_u16.to_be_bytes()), [-2.0]);
    }

    #[test]
    fn half_precision_has_its_smallest_and_greatest_numbers() {
        assert_eq!(half(0x0001), 2_f64.powi(-24));
        assert_eq!(half(0x03ff), 1023.0 * 2_f64.powi(-24));
        assert_eq!(half(0x0400), 2_f64.powi(-14));
        assert_eq!(half(0x7bff), 65_504.0);
        assert!(half(0xfc00) == f64::NEG_INFINITY && half(0x7e00).is_nan());
    }

    #[test]
    fn fortran_order_comes_out_in_c_order() {
        let numbers: Vec<u8> = (0..6).collect();
        assert_eq!(values(1, "|u1", false, "(2, 3)", &numbers), [0., 1., 2., 3., 4., 5.]);
        assert_eq!(values(1, "|u1", true, "(2, 3)", &numbers), [0., 2., 4., 1., 3., 5.]);
    }

    #[test]
    fn a_scalar_has_no_axes() {
        assert_eq!(values(1, "<f4", false, "()", &25_f32.to_le_bytes()), [25.0]);
    }

    #[test]
    fn what_ndarray_npy_writes_comes_back() {
        let array = arr3(&[[[0.25, -1.0], [3.0, 1e-3]], [[7.0, 8.0], [9.0, 1e6]]]);
        let mut bytes = Vec::new();
        array.write_npy(&mut bytes).unwrap();
        let npy = Npy::read("it", bytes).unwrap();
        assert_eq!(npy.values("it").unwrap(), array.mapv(|x| x as f32).into_dyn());
    }

    #[test]
    fn objects_texts_and_records_are_refused_by_name() {
        let of = |descr: &str| refusal(file(1, &header(descr, false, "(1,)"), &[0; 8]));
        assert!(of("|O").contains("Python objects"), "{}", of("|O"));
        assert!(of("<U3").contains("texts"));
        assert!(of("<c16").contains("complex"));
        assert!(of("<f16").contains("not known"));
        let records = "{'descr': [('x', '<f8')], 'fortran_order': False, 'shape': (1,), }";
        assert!(refusal(file(1, records, &[0; 8])).contains("not records"));
    }

    #[test]
    fn a_header_that_promises_too_much_is_refused_before_anything_is_allocated() {
        let mut huge = b"\x93NUMPY\x02\x00".to_vec();
        huge.extend(u32::MAX.to_le_bytes());
        assert_eq!(
            refusal(huge),
            "a.npy cannot be opened: its header says it is 4294967295 bytes long, and the longest \
             is 10000"
        );
        for shape in ["(4294967296, 4294967296)", "(18446744073709551615,)", "(99999999999999,)"] {
            let why = refusal(file(1, &header("<f8", false, shape), &[]));
            assert!(why.contains("more than 33554432 numbers"), "{why}");
        }
        let why = refusal(file(1, &header("<f8", false, "(2, 3)"), &[0; 47]));
        assert!(why.ends_with("[2, 3] of float64 takes 48 bytes, and 47 follow the header"));
        assert!(refusal(file(1, &header("<f8", false, "(2, 0)"), &[])).contains("no number"));
        let deep = "(1, 1, 1, 1, 1, 1, 1, 1, 1)";
        assert!(refusal(file(1, &header("|u1", false, deep), &[0])).contains("9 axes"));
        assert!(refusal(file(1, &header("|u1", false, "(-1,)"), &[0])).contains("its shape is"));
        assert!(refusal(file(1, &"(".repeat(9000), &[])).contains("not NumPy’s"));
        assert!(refusal(file(9, "", &[])).contains("version is 9"));
    }

    #[test]
    fn what_is_not_finite_is_named_by_its_place() {
        let numbers: Vec<u8> =
            [1.0, 2.0, f64::NAN, 4.0].iter().flat_map(|x: &f64| x.to_le_bytes()).collect();
        let npy = Npy::read("it", file(1, &header("<f8", false, "(2, 2)"), &numbers)).unwrap();
        let why = npy.values("rates").unwrap_err().to_string();
        assert_eq!(why, "rates[1, 0] cannot be “NaN”: it must be a finite number");
        let large = 1e300_f64.to_le_bytes();
        let npy = Npy::read("it", file(1, &header("<f8", false, "()"), &large)).unwrap();
        assert!(npy.values("dt").unwrap_err().to_string().starts_with("dt[] cannot be “inf”"));
    }

    /// Torn anywhere, or with any byte another one, a file is read or refused, and nothing breaks.
    #[test]
    fn no_damage_makes_it_panic() {
        let whole = file(2, &header("<f4", true, "(2, 3)"), &[7; 24]);
        for end in 0..whole.len() {
            refusal(whole[..end].to_vec());
        }
        for at in 0..whole.len() {
            for byte in [0, 1, 0x27, 0x28, 0x7f, 0x80, 0xff] {
                let mut changed = whole.clone();
                changed[at] = byte;
                if let Ok(npy) = Npy::read("it", changed) {
                    let _ = npy.values("it");
                }
            }
        }
    }
}
