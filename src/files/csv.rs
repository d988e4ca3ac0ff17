//! Tables as text, read as a stranger's: one row for each step of each trajectory.
//!
//! ```text
//! trajectory,step,velocity,heading,n1,n2,n3
//! 0,0,0.5,3.14,12.0,0.0,3.5
//! 0,1,0.7,3.16,11.0,0.5,4.0
//! 1,0,…
//! ```
//!
//! *With a head.* The columns `trajectory` and `step` say which row it is; either may be missing
//! (then there is one trajectory; then the rows are in order). Columns called `velocity`, `input…`
//! or `heading` are arrays of their own, `[trajectory, step]`; all others are one array called
//! `rates`, `[trajectory, step, neuron]`, in the order of the columns. Every trajectory needs the
//! same steps.
//!
//! *Without a head* (the first row is all numbers) the table is one array, `[row, column]`.
//!
//! Columns are separated by commas, semicolons or tabs, whichever the first row has; numbers have a
//! decimal point.
//!
//! ```
//! use attractor_lab::files::csv;
//!
//! let arrays = csv::read("ring.csv", b"step,velocity,a,b\n0,0.5,1,2\n1,0.25,3,4\n")?;
//! let [(velocity, _), (rates, values)] = &arrays[..] else { panic!("two arrays") };
//! assert_eq!((velocity.as_str(), rates.as_str()), ("velocity", "rates"));
//! assert_eq!((values.shape(), values[[0, 1, 1]]), (&[1, 2, 2][..], 4.0));
//! # Ok::<(), attractor_lab::Error>(())
//! ```

use super::npy::MOST_NUMBERS;
use crate::{Error, Result};
use ndarray::{Array2, ArrayD, Axis, IxDyn};
use std::collections::BTreeMap;

/// Most columns of a table.
const MOST_COLUMNS: usize = 4096;

type Checked<T> = std::result::Result<T, String>;

/// The arrays (name, values) of the table called `what`.
///
/// # Errors
/// [`Error::BadFile`] with the line, the column, what stands there and what is allowed.
pub fn read(what: &str, bytes: &[u8]) -> Result<Vec<(String, ArrayD<f32>)>> {
    parse(bytes).map_err(|why| Error::BadFile { what: what.into(), why })
}

fn parse(bytes: &[u8]) -> Checked<Vec<(String, ArrayD<f32>)>> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes)
        .map_err(|error| format!("it is not text after its first {} bytes", error.valid_up_to()))?;
    let mut lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
    let (_, first) = lines.clone().next().ok_or("it is empty")?;
    let separator = [';', '\t', ',']
        .into_iter()
        .max_by_key(|&mark| first.matches(mark).count())
        .filter(|&mark| first.contains(mark))
        .unwrap_or(',');
    let names: Vec<String> = first
        .split(separator)
        .map(|name| name.trim().trim_matches('"').trim().to_lowercase())
        .collect();
    if names.len() > MOST_COLUMNS {
        return Err(format!("it has {} columns, and the most is {MOST_COLUMNS}", names.len()));
    }
    let headed = names.iter().any(|name| name.parse::<f64>().is_err());
    if headed {
        lines.next();
        for (at, name) in names.iter().enumerate() {
            if name.is_empty() || names[..at].contains(name) {
                return Err(format!(
                    "column {} is called “{}”, and every column has a name of its own",
                    at + 1,
                    shorten(name)
                ));
            }
        }
    }
    let mut values: Vec<f64> = Vec::new();
    let mut rows = 0;
    for (line, row) in lines {
        let mut count = 0;
        for (at, cell) in row.split(separator).enumerate() {
            let number = cell.trim().trim_matches('"').parse::<f64>().ok();
            let number = number.filter(|number| (*number as f32).is_finite()).ok_or_else(|| {
                let column = names.get(at).filter(|_| headed).map_or_else(
                    || format!("column {}", at + 1),
                    |name| format!("column “{}”", shorten(name)),
                );
                format!(
                    "line {line}, {column} holds “{}”, and it must hold a finite number such as \
                     12.5",
                    shorten(cell.trim())
                )
            })?;
            values.push(number);
            count += 1;
        }
        if count != names.len() {
            return Err(format!(
                "line {line} has {count} columns, and the first line has {}",
                names.len()
            ));
        }
        rows += 1;
        if values.len() > MOST_NUMBERS {
            return Err(format!("it holds more than {MOST_NUMBERS} numbers"));
        }
    }
    if rows == 0 {
        return Err("it has a head and no numbers".into());
    }
    let table = Array2::from_shape_vec((rows, names.len()), values)
        .map_err(|_| "its rows differ in length".to_owned())?;
    if !headed {
        return Ok(vec![("table".into(), table.mapv(|x| x as f32).into_dyn())]);
    }
    arrange(&names, table)
}

/// Sorts the rows of `table` by trajectory and step, and its columns into arrays.
fn arrange(names: &[String], table: Array2<f64>) -> Checked<Vec<(String, ArrayD<f32>)>> {
    let column = |name: &str| names.iter().position(|other| other == name);
    let (trajectory, step) = (column("trajectory"), column("step"));
    // (trajectory, step) as ordered bits; a step that is not written down is the row's number.
    let mut places: BTreeMap<(u64, u64), usize> = BTreeMap::new();
    for (row, values) in table.rows().into_iter().enumerate() {
        let whole = |column: Option<usize>, name: &str, otherwise: usize| {
            let value = column.map_or(otherwise as f64, |column| values[column]);
            let fits = (0.0..1e9).contains(&value) && value.fract() == 0.0;
            fits.then_some(value as u64)
                .ok_or_else(|| format!("a {name} is {value}, and it must be a whole number from 0"))
        };
        let place = (whole(trajectory, "trajectory", 0)?, whole(step, "step", row)?);
        if places.insert(place, row).is_some() {
            return Err(format!("trajectory {} has two rows for step {}", place.0, place.1));
        }
    }
    let mut lengths: BTreeMap<u64, usize> = BTreeMap::new();
    for (trajectory, _) in places.keys() {
        *lengths.entry(*trajectory).or_default() += 1;
    }
    let (trajectories, steps) = (lengths.len(), table.nrows() / lengths.len());
    let mut last: Option<(u64, u64)> = None;
    for &(trajectory, step) in places.keys() {
        if let Some((before, at)) = last
            && before == trajectory
            && at + 1 != step
        {
            return Err(format!(
                "trajectory {trajectory} has no row between steps {at} and {step}"
            ));
        }
        last = Some((trajectory, step));
    }
    if let Some((odd, length)) = lengths.iter().find(|(_, length)| **length != steps) {
        return Err(format!(
            "trajectory {odd} has {length} steps, and every trajectory must have as many \
             ({} rows make {trajectories} trajectories of {steps})",
            table.nrows()
        ));
    }
    let order: Vec<usize> = places.into_values().collect();
    let sorted = table.select(Axis(0), &order);
    let mut arrays = Vec::new();
    let mut neurons = Vec::new();
    for (at, name) in names.iter().enumerate() {
        if Some(at) == trajectory || Some(at) == step {
            continue;
        }
        if name == "velocity" || name == "heading" || name.starts_with("input") {
            let values = sorted.column(at).iter().map(|&x| x as f32).collect();
            arrays.push((name.clone(), shaped(&[trajectories, steps], values)?));
        } else {
            neurons.push(at);
        }
    }
    if !neurons.is_empty() {
        let values = sorted.select(Axis(1), &neurons).iter().map(|&x| x as f32).collect();
        arrays.push(("rates".into(), shaped(&[trajectories, steps, neurons.len()], values)?));
    }
    if arrays.is_empty() {
        return Err("it has no columns but trajectory and step".into());
    }
    Ok(arrays)
}

fn shaped(shape: &[usize], values: Vec<f32>) -> Checked<ArrayD<f32>> {
    ArrayD::from_shape_vec(IxDyn(shape), values).map_err(|error| error.to_string())
}

fn shorten(text: &str) -> String {
    text.chars().take(30).collect()
}

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "these numbers are exact")]
mod tests {
    use super::read;

    fn refusal(text: &str) -> String {
        read("a.csv", text.as_bytes()).expect_err("a bad table").to_string()
    }

    #[test]
    fn rows_are_sorted_into_trajectories_and_steps() {
        let text = "neuron 1;Trajectory;step;\"Heading\"\r\n4;7;1;0.4\r\n1;3;0;.1\r\n2;3;1;0.2\r\n3;7;0;0.3\r\n";
        let arrays = read("a.csv", text.as_bytes()).unwrap();
        assert_eq!(arrays[0].0, "heading");
        assert_eq!(arrays[0].1.iter().copied().collect::<Vec<_>>(), [0.1, 0.2, 0.3, 0.4]);
        assert_eq!((arrays[1].0.as_str(), arrays[1].1.shape()), ("rates", &[2, 2, 1][..]));
        assert_eq!(arrays[1].1.iter().copied().collect::<Vec<_>>(), [1.0, 2.0, 3.0, 4.0]);
    }

    #[test]
    fn a_table_without_a_head_is_a_matrix() {
        let arrays = read("a.csv", b"1\t2\t3\n4\t5\t6e1\n").unwrap();
        assert_eq!((arrays[0].0.as_str(), arrays[0].1.shape()), ("table", &[2, 3][..]));
        assert_eq!(arrays[0].1[[1, 2]], 60.0);
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        for (text, says) in [
            ("", "it is empty"),
            ("a,b\n", "a head and no numbers"),
            ("a,b\n1,nan\n", "line 2, column “b” holds “nan”"),
            ("a,b\n1,2\n3,1e60\n", "line 3, column “b” holds “1e60”"),
            ("1,2\n3,x\n", "line 2, column 2 holds “x”"),
            ("a,b\n1,2,3\n", "line 2 has 3 columns, and the first line has 2"),
            ("a,a\n1,2\n", "column 2 is called “a”"),
            ("a,step\n1,0.5\n", "a step is 0.5"),
            ("a,step\n1,0\n2,0\n", "two rows for step 0"),
            ("a,step\n1,0\n2,2\n", "no row between steps 0 and 2"),
            ("trajectory,step,a\n0,0,1\n0,1,1\n1,0,1\n", "every trajectory must have as many"),
            ("trajectory,step\n0,0\n", "no columns but"),
        ] {
            assert!(refusal(text).contains(says), "{text:?}: {}", refusal(text));
        }
        assert!(read("a.csv", &[0x61, 0xff]).unwrap_err().to_string().contains("first 1 bytes"));
    }

    #[test]
    fn no_damage_makes_it_panic() {
        let whole = b"trajectory,step,velocity,a,b\n0,0,1,2,3\n0,1,4,5,6\n1,0,1,1,1\n1,1,2,2,2\n";
        for end in 0..whole.len() {
            let _ = read("it", &whole[..end]);
        }
        for at in 0..whole.len() {
            for byte in [0, b'\n', b',', b';', b'-', b'9', b'"', 0xff] {
                let mut torn = whole.to_vec();
                torn[at] = byte;
                let _ = read("it", &torn);
            }
        }
    }
}
