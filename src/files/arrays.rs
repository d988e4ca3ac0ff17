//! The arrays in files that a visitor opens: `.npy`, `.npz` and `.csv`, told apart by how they
//! begin, one or several at a time.
//!
//! ```
//! use attractor_lab::files::{arrays, npz::Npz};
//! use ndarray::{arr1, arr2};
//!
//! let npz = Npz::default().with("rates", &arr2(&[[1.0, 2.0]]))?.with("dt", &arr1(&[0.025]))?;
//! let found = arrays::open(vec![("mine.npz".into(), npz.pack()?)])?;
//! assert_eq!((found.arrays[0].name.as_str(), found.arrays[0].shape()), ("rates", &[1, 2][..]));
//! assert_eq!(found.arrays[1].values()?[[0]], 0.025);
//! # Ok::<(), attractor_lab::Error>(())
//! ```

use super::{
    csv,
    npy::{self, Npy, Refusal},
    unzip,
};
use crate::{Error, Result};
use ndarray::ArrayD;

/// Most bytes of all files that are opened together.
pub const LARGEST: usize = 64 << 20;
/// Most files that are opened together.
const MOST_FILES: usize = 16;

/// What was found in the files.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// The arrays, in the order of the files.
    pub arrays: Vec<Array>,
    /// Single texts among the arrays, by name.
    pub texts: Vec<(String, String)>,
    /// What else is in the files, and why it cannot be used.
    pub left_out: Vec<LeftOut>,
}

/// Something in a file that is no array of numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// Which part of which file.
    pub what: String,
    /// Why it cannot be used, as a clause.
    pub why: String,
}

/// An array that somebody else wrote.
#[derive(Clone, Debug)]
pub struct Array {
    /// Its name in the file, or the file's name where it has none.
    pub name: String,
    content: Content,
}

#[derive(Clone, Debug)]
enum Content {
    Written(Npy),
    Read(ArrayD<f32>),
}

impl Array {
    /// The length of each axis.
    #[must_use]
    pub fn shape(&self) -> &[usize] {
        match &self.content {
            Content::Written(npy) => npy.shape(),
            Content::Read(values) => values.shape(),
        }
    }

    /// The number format in NumPy's words, or `text`.
    #[must_use]
    pub fn number(&self) -> &'static str {
        match &self.content {
            Content::Written(npy) => npy.number(),
            Content::Read(_) => "text",
        }
    }

    /// The numbers, in C order and single precision.
    ///
    /// # Errors
    /// [`Error::BadValue`] for the first number that is not finite, with its place.
    pub fn values(&self) -> Result<ArrayD<f32>> {
        match &self.content {
            Content::Written(npy) => npy.values(&self.name),
            Content::Read(values) => Ok(values.clone()),
        }
    }

    /// The numbers, in C order and double precision.
    ///
    /// # Errors
    /// [`Error::BadValue`] for the first number that is not finite, with its place.
    pub fn doubles(&self) -> Result<ArrayD<f64>> {
        match &self.content {
            Content::Written(npy) => npy.doubles(&self.name),
            Content::Read(values) => Ok(values.mapv(f64::from)),
        }
    }
}

/// Opens `files` (name, contents) together.
///
/// # Errors
/// [`Error::BadFile`] when one of them is damaged, too large, of no known kind, or when none of
/// them holds an array that can be used.
pub fn open(files: Vec<(String, Vec<u8>)>) -> Result<Found> {
    let total = files.iter().map(|(_, bytes)| bytes.len()).fold(0, usize::saturating_add);
    let bad = |what: &str, why: String| Error::BadFile { what: what.into(), why };
    let several = || if let [(name, _)] = &files[..] { name.clone() } else { "the files".into() };
    admit(&several(), total as u64)?;
    if files.is_empty() || files.len() > MOST_FILES {
        let why = format!("{} were given, and 1 to {MOST_FILES} are opened at once", files.len());
        return Err(bad("the files", why));
    }
    let what = several();
    let mut found = Found::default();
    for (name, bytes) in files {
        found.add(&name, bytes)?;
    }
    if found.arrays.is_empty() {
        return Err(match found.left_out.into_iter().next() {
            Some(LeftOut { what, why }) => Error::BadFile { what, why },
            None => bad(&what, "there is no array in it".into()),
        });
    }
    Ok(found)
}

/// Refuses files of so many bytes in all, which are called `what`: it need not have been read.
///
/// # Errors
/// [`Error::BadFile`].
pub fn admit(what: &str, bytes: u64) -> Result<()> {
    if bytes <= LARGEST as u64 {
        return Ok(());
    }
    let why = format!("it is {bytes} bytes long, and the most is {LARGEST} (64 MiB)");
    Err(Error::BadFile { what: what.into(), why })
}

impl Found {
    fn add(&mut self, file: &str, bytes: Vec<u8>) -> Result<()> {
        let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
        if bytes.starts_with(unzip::MAGIC) {
            for (entry, bytes) in unzip::unpack(file, &bytes)? {
                let inside = format!("{entry} in {file}");
                match entry.strip_suffix(".npy") {
                    Some(name) => self.written(name, stem, &inside, bytes)?,
                    None => self.left_out.push(LeftOut {
                        what: inside,
                        why: "the name of an array in an npz file ends in .npy".into(),
                    }),
                }
            }
            Ok(())
        } else if bytes.starts_with(npy::MAGIC) {
            self.written(stem, stem, file, bytes)
        } else if is(file, &["csv", "tsv", "txt"]) {
            for (name, values) in csv::read(file, &bytes)? {
                let name = if name == "table" { stem } else { &name };
                self.push(name, stem, Content::Read(values));
            }
            Ok(())
        } else if is(file, &["npy", "npz"]) {
            let why = "it does not begin as such a file does, so it is damaged or empty".into();
            Err(Error::BadFile { what: file.into(), why })
        } else {
            let why = "it is neither npz, npy nor csv".into();
            Err(Error::BadFile { what: file.into(), why })
        }
    }

    fn written(&mut self, name: &str, stem: &str, inside: &str, bytes: Vec<u8>) -> Result<()> {
        if let Some(text) = npy::read_text(&bytes) {
            self.texts.push((name.into(), text));
            let why = "it holds a text".into();
            self.left_out.push(LeftOut { what: inside.into(), why });
            return Ok(());
        }
        match npy::read(bytes) {
            Ok(npy) => self.push(name, stem, Content::Written(npy)),
            // Texts, objects and the like beside the arrays do no harm; damage does.
            Err(Refusal::Unfit(why)) => self.left_out.push(LeftOut { what: inside.into(), why }),
            Err(Refusal::Damaged(why)) => {
                return Err(Error::BadFile { what: inside.into(), why });
            }
        }
        Ok(())
    }

    /// Adds an array under a name that no other has.
    fn push(&mut self, name: &str, stem: &str, content: Content) {
        let taken = |name: &str| self.arrays.iter().any(|array| array.name == name);
        let mut own = name.to_owned();
        if taken(&own) {
            own = format!("{stem}/{name}");
        }
        let mut count = 2;
        while taken(&own) {
            own = format!("{stem}/{name} {count}");
            count += 1;
        }
        self.arrays.push(Array { name: own, content });
    }
}

/// Whether the name of a file ends in one of these.
fn is(file: &str, endings: &[&str]) -> bool {
    file.rsplit_once('.')
        .is_some_and(|(_, end)| endings.iter().any(|ending| end.eq_ignore_ascii_case(ending)))
}

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "these numbers are exact")]
mod tests {
    use super::{LARGEST, open};
    use crate::files::{npy::tests::file, npz::Npz, zip};
    use ndarray::arr1;

    fn refusal(name: &str, bytes: &[u8]) -> String {
        open(vec![(name.into(), bytes.to_vec())]).expect_err("a bad file").to_string()
    }

    fn npz() -> Vec<u8> {
        Npz::default().with("rates", &arr1(&[1.0, 2.0])).unwrap().pack().unwrap()
    }

    fn object() -> Vec<u8> {
        let header = "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }";
        file(1, header, b"\x80\x04N.")
    }

    #[test]
    fn files_are_told_apart_by_how_they_begin() {
        let found = open(vec![
            ("a.zip".into(), npz()),
            ("b.csv".into(), b"1,2\n3,4".to_vec()),
            (
                "c.bin".into(),
                file(1, "{'descr': '|u1', 'fortran_order': False, 'shape': (1,)}", &[7]),
            ),
            ("d.npz".into(), npz()),
        ])
        .unwrap();
        let names: Vec<_> = found.arrays.iter().map(|array| array.name.as_str()).collect();
        assert_eq!(names, ["rates", "b", "c", "d/rates"]);
        assert_eq!(found.arrays[2].values().unwrap()[[0]], 7.0);
        assert_eq!(found.arrays[1].number(), "text");
    }

    #[test]
    fn an_array_of_objects_is_left_out_or_alone_refused() {
        let rates = file(1, "{'descr': '|u1', 'fortran_order': False, 'shape': (1,)}", &[7]);
        let both = zip::pack(&[("a.npy".into(), &object()[..]), ("b.npy".into(), &rates)]).unwrap();
        let found = open(vec![("x.npz".into(), both)]).unwrap();
        assert_eq!(found.arrays.len(), 1);
        assert!(found.left_out[0].what == "a.npy in x.npz");
        assert!(found.left_out[0].why.contains("Python objects"));
        let why = refusal("x.npy", &object());
        assert!(why.starts_with("x.npy cannot be opened: it holds Python"), "{why}");
    }

    #[test]
    fn a_torn_entry_is_refused_with_its_name() {
        let torn = file(1, "{'descr': '<f8', 'fortran_order': False, 'shape': (9,)}", &[7]);
        let archive = zip::pack(&[("a.npy".into(), &torn[..])]).unwrap();
        let why = refusal("x.npz", &archive);
        assert!(why.starts_with("a.npy in x.npz cannot be opened: its shape [9]"), "{why}");
    }

    #[test]
    fn what_is_no_such_file_is_refused() {
        assert!(refusal("a.npz", b"").contains("does not begin"));
        assert!(refusal("a.npy", b"\x93NUM").contains("does not begin"));
        assert!(refusal("a.mat", b"MATLAB").contains("neither npz, npy nor csv"));
        assert!(refusal("a.csv", &vec![b'1'; LARGEST + 1]).contains("the most is 67108864"));
        assert!(open(Vec::new()).is_err());
        let text = zip::pack(&[("README.txt".into(), b"hello")]).unwrap();
        assert!(refusal("a.npz", &text).contains("README.txt in a.npz"));
    }
}
