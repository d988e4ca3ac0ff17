//! Zip archives that somebody else wrote: what is in them, within limits that are checked before
//! anything is unpacked.
//!
//! ```
//! use attractor_lab::files::{unzip, zip};
//!
//! let archive = zip::pack(&[("a.txt".into(), b"hello"), ("b.txt".into(), b"world")])?;
//! let entries = unzip::unpack("archive.zip", &archive)?;
//! assert_eq!(entries[1], ("b.txt".into(), b"world".to_vec()));
//! # Ok::<(), attractor_lab::Error>(())
//! ```
//!
//! The directory at the end of the archive counts, and every entry has to be what it says there:
//! as long, and with the same CRC-32. Entries are stored or deflated; encrypted archives and those
//! beyond 4 GiB are refused. After PKWARE's APPNOTE 6.3.

use crate::{Error, Result};
use miniz_oxide::inflate::decompress_to_vec_with_limit;

/// First bytes of an archive that holds something.
pub const MAGIC: &[u8; 4] = b"PK\x03\x04";
/// Most entries of an archive.
const MOST_ENTRIES: usize = 256;
/// Most bytes that all entries may unpack to.
const MOST_UNPACKED: usize = 128 << 20;
/// Longest name of an entry.
const LONGEST_NAME: usize = 200;
/// A deflated entry cannot become more than this many times longer; what claims to is no archive.
const GREATEST_RATIO: usize = 1032;

/// The entries (name, contents) of the archive called `what`, folders left out.
///
/// # Errors
/// [`Error::BadFile`] with the entry, what it says and what is allowed.
pub fn unpack(what: &str, archive: &[u8]) -> Result<Vec<(String, Vec<u8>)>> {
    let bad = |why| Error::BadFile { what: what.into(), why };
    let entries = directory(archive).map_err(bad)?;
    entries
        .into_iter()
        .filter(|entry| !entry.name.ends_with('/'))
        .map(|entry| {
            let contents = entry.contents(archive).map_err(bad)?;
            Ok((entry.name, contents))
        })
        .collect()
}

/// What the directory says of an entry.
struct Entry {
    name: String,
    deflated: bool,
    sum: u32,
    packed: usize,
    unpacked: usize,
    /// Where its own header begins.
    start: usize,
}

type Checked<T> = std::result::Result<T, String>;

/// Reads little-endian numbers off the front of `bytes`.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn take(&mut self, count: usize) -> Checked<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or("it ends inside its directory")?;
        self.0 = rest;
        Ok(taken)
    }

    fn number(&mut self, bytes: usize) -> Checked<usize> {
        Ok(self.take(bytes)?.iter().rev().fold(0, |number, &byte| number << 8 | usize::from(byte)))
    }
}

fn directory(archive: &[u8]) -> Checked<Vec<Entry>> {
    // The end record is the last thing in the file, but for a comment of its own.
    let end = (22..=22 + 0xffff)
        .filter_map(|back| archive.len().checked_sub(back))
        .find(|&at| {
            let comment = archive[at + 20..at + 22].iter().rev();
            let comment = comment.fold(0, |number, &byte| number << 8 | usize::from(byte));
            archive[at..].starts_with(b"PK\x05\x06") && at + 22 + comment == archive.len()
        })
        .ok_or("it has no directory at its end, so a part of it is missing")?;
    let mut fields = Fields(&archive[end + 4..]);
    let [disc, first_disc, here, count] =
        [fields.number(2)?, fields.number(2)?, fields.number(2)?, fields.number(2)?];
    let [length, start] = [fields.number(4)?, fields.number(4)?];
    if (disc, first_disc, here) != (0, 0, count) {
        return Err("it is one part of several, and only whole archives are read".into());
    }
    if count > MOST_ENTRIES {
        return Err(format!("it has {count} entries, and the most is {MOST_ENTRIES}"));
    }
    let listed = start
        .checked_add(length)
        .filter(|&after| after <= end)
        .and_then(|after| archive.get(start..after))
        .ok_or("its directory lies outside of it")?;
    let mut fields = Fields(listed);
    let mut entries: Vec<Entry> = Vec::new();
    let mut total = 0_usize;
    for _ in 0..count {
        let entry = Entry::read(&mut fields)?;
        if entries.iter().any(|other| other.name == entry.name) {
            return Err(format!("it has two entries called “{}”", entry.name));
        }
        total = total.saturating_add(entry.unpacked);
        if total > MOST_UNPACKED {
            return Err(format!(
                "“{}” brings what it unpacks to {total} bytes, and the most is {MOST_UNPACKED}",
                entry.name
            ));
        }
        entries.push(entry);
    }
    Ok(entries)
}

impl Entry {
    fn read(fields: &mut Fields) -> Checked<Self> {
        if fields.take(4)? != b"PK\x01\x02" {
            return Err("its directory is damaged".into());
        }
        fields.take(4)?; // versions
        let [flags, method] = [fields.number(2)?, fields.number(2)?];
        fields.take(4)?; // time and date
        let [sum, packed, unpacked] = [fields.number(4)?, fields.number(4)?, fields.number(4)?];
        let [name, extra, comment] = [fields.number(2)?, fields.number(2)?, fields.number(2)?];
        fields.take(8)?; // disc and attributes
        let start = fields.number(4)?;
        let name = proper(fields.take(name)?)?;
        fields.take(extra)?;
        fields.take(comment)?;
        if flags & 1 == 1 {
            return Err(format!("“{name}” is encrypted, and only open archives are read"));
        }
        if method != 0 && method != 8 {
            return Err(format!(
                "“{name}” is compressed by method {method}, and 0 (stored) and 8 (deflated) are \
                 known"
            ));
        }
        if [packed, unpacked, start].contains(&0xffff_ffff) {
            return Err(format!("“{name}” is beyond 4 GiB, and that is too large"));
        }
        let most = if method == 8 { packed.saturating_mul(GREATEST_RATIO) } else { packed };
        if unpacked > most || (method == 0 && packed != unpacked) {
            return Err(format!(
                "“{name}” cannot unpack to {unpacked} bytes: {packed} bytes unpack to {most} at \
                 most"
            ));
        }
        Ok(Self { name, deflated: method == 8, sum: sum as u32, packed, unpacked, start })
    }

    fn contents(&self, archive: &[u8]) -> Checked<Vec<u8>> {
        let name = &self.name;
        let outside = || format!("“{name}” lies outside of it");
        let own = archive.get(self.start..).ok_or_else(outside)?;
        let mut fields = Fields(own);
        if fields.take(4)? != MAGIC {
            return Err(format!("“{name}” does not begin where the directory says"));
        }
        fields.take(22)?; // once more what the directory says
        let [name_length, extra] = [fields.number(2)?, fields.number(2)?];
        fields.take(name_length + extra)?;
        let packed = fields.0.get(..self.packed).ok_or_else(outside)?;
        let contents = if self.deflated {
            decompress_to_vec_with_limit(packed, self.unpacked)
                .map_err(|_| format!("“{name}” does not unpack to its {} bytes", self.unpacked))?
        } else {
            packed.to_vec()
        };
        if contents.len() != self.unpacked || crc32fast::hash(&contents) != self.sum {
            return Err(format!("“{name}” is damaged: its checksum does not fit"));
        }
        Ok(contents)
    }
}

/// A name that stays inside the archive's folder.
fn proper(name: &[u8]) -> Checked<String> {
    let shown: String = String::from_utf8_lossy(name).chars().take(60).collect();
    let odd = |allowed: &str| Err(format!("an entry is called “{shown}”, and a name {allowed}"));
    if name.len() > LONGEST_NAME || name.is_empty() {
        return odd(&format!("has 1 to {LONGEST_NAME} characters"));
    }
    let Ok(text) = std::str::from_utf8(name) else { return odd("is UTF-8") };
    if text.chars().any(|letter| letter.is_control() || letter == '\\' || letter == ':') {
        return odd("has no backslash, colon or control character");
    }
    if text.starts_with('/') || text.split('/').any(|part| part == "..") {
        return odd("does not lead out of its folder");
    }
    Ok(text.into())
}

#[cfg(test)]
mod tests {
    use super::{MOST_UNPACKED, unpack};
    use crate::files::zip;

    fn refusal(archive: &[u8]) -> String {
        unpack("a.npz", archive).expect_err("a bad archive").to_string()
    }

    /// Two entries, the second of which deflates.
    fn archive() -> Vec<u8> {
        let zeros = vec![0; 5000];
        zip::pack(&[("a.png".into(), b"stored"), ("b.bin".into(), &zeros)]).unwrap()
    }

    /// `archive` with `old` replaced by `new` wherever it stands.
    fn changed(archive: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
        let mut bytes = archive.to_vec();
        for at in 0..=bytes.len() - old.len() {
            if bytes[at..].starts_with(old) {
                bytes[at..at + old.len()].copy_from_slice(new);
            }
        }
        assert_ne!(bytes, archive);
        bytes
    }

    #[test]
    fn stored_and_deflated_entries_come_back() {
        let entries = unpack("it", &archive()).unwrap();
        assert_eq!(entries[0], ("a.png".into(), b"stored".to_vec()));
        assert_eq!(entries[1], ("b.bin".into(), vec![0; 5000]));
    }

    #[test]
    fn names_that_lead_elsewhere_are_refused() {
        for name in ["../x.npy", "/abs.npy", "a/../b.n", "c:\\x.npy", "a\nb.npy "] {
            let padded = format!("{name:_<8}");
            let whole = zip::pack(&[("12345678".into(), b"x")]).unwrap();
            let why = refusal(&changed(&whole, b"12345678", padded.as_bytes()));
            assert!(why.starts_with("a.npz cannot be opened: an entry is called"), "{why}");
        }
        let whole = zip::pack(&[("a.npy".into(), b"x"), ("b.npy".into(), b"y")]).unwrap();
        assert!(refusal(&changed(&whole, b"b.npy", b"a.npy")).contains("two entries"));
    }

    #[test]
    fn a_bomb_is_refused_before_it_goes_off() {
        // Five entries that each claim 30 MB, which their packed size could unpack to.
        let zeros = vec![0; 30_000_000];
        let entries: Vec<_> = (0..5).map(|k| (format!("{k}.bin"), &zeros[..])).collect();
        let why = refusal(&zip::pack(&entries).unwrap());
        assert!(why.contains(&format!("the most is {MOST_UNPACKED}")), "{why}");
        // One that claims more than deflate can do.
        let claimed = changed(&archive(), &5000_u32.to_le_bytes(), &50_000_u32.to_le_bytes());
        assert!(refusal(&claimed).contains("unpack to"), "{}", refusal(&claimed));
        // One that unpacks to more than it claims.
        let claimed = changed(&archive(), &5000_u32.to_le_bytes(), &4000_u32.to_le_bytes());
        assert!(refusal(&claimed).contains("does not unpack to its 4000 bytes"));
        let many: Vec<_> = (0..300).map(|k| (format!("{k}.npy"), &b"x"[..])).collect();
        assert!(refusal(&zip::pack(&many).unwrap()).contains("300 entries"));
    }

    #[test]
    fn encrypted_unknown_and_oversized_entries_are_refused() {
        let whole = archive();
        let directory = whole.windows(4).position(|w| w == b"PK\x01\x02").unwrap();
        let with = |at: usize, bytes: &[u8]| {
            let mut whole = whole.clone();
            whole[directory + at..directory + at + bytes.len()].copy_from_slice(bytes);
            refusal(&whole)
        };
        assert!(with(8, &[1, 0]).contains("encrypted"));
        assert!(with(10, &[14, 0]).contains("method 14"));
        assert!(with(20, &[255; 8]).contains("4 GiB"));
        assert!(with(42, &[200, 0, 0, 0]).contains("does not begin"));
        assert!(with(16, &[0; 4]).contains("checksum"));
    }

    #[test]
    fn no_damage_makes_it_panic() {
        let whole = archive();
        for end in 0..whole.len() {
            refusal(&whole[..end]);
        }
        for at in 0..whole.len() {
            for byte in [0, 1, 0x7f, 0x80, 0xff] {
                let mut torn = whole.clone();
                torn[at] = byte;
                let _ = unpack("it", &torn);
            }
        }
    }
}
