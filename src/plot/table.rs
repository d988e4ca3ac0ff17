//! Tables as a good paper sets them: three horizontal lines, numbers under one another.
//!
//! Where there is room, remarks stand in a column of their own, else under the row they are about.

use super::layout::{Measure, line_height, wrapped};
use super::theme::Look;
use crate::lab::{Row, Table};

/// A table laid out.
#[derive(Default)]
pub(super) struct TableSheet {
    pub(super) height: f64,
    /// Where the lines run, from top to bottom, and whether they are strong.
    pub(super) lines: Vec<(f64, bool)>,
    pub(super) words: Vec<Word>,
}

/// A line of text in its place.
pub(super) struct Word {
    pub(super) text: String,
    /// Its left end, or its right end where `right` says so.
    pub(super) x: f64,
    /// Its middle.
    pub(super) y: f64,
    pub(super) right: bool,
    pub(super) bold: bool,
    pub(super) quiet: bool,
}

/// Room at the edges.
pub(super) fn border(look: &Look) -> f64 {
    8.0 * look.scale
}

/// Lays out `table` over `width`.
pub(super) fn arrange(table: &Table, width: f64, look: &Look, measure: Measure) -> TableSheet {
    let (unit, line, edge) = (look.scale, line_height(look), border(look));
    let columns = table.rows.iter().map(|row| row.values.len()).max().unwrap_or(0);
    let gap = 14.0 * unit;
    let inner = (width - 2.0 * edge).max(1.0);
    let head = |place: usize| table.head.get(place).map_or("", String::as_str);
    let shown =
        |row: &Row, column: usize| row.values.get(column).copied().map_or(String::new(), cell);
    // A column of numbers is as wide as its widest number or the longest word over it.
    let numbers: Vec<f64> = (0..columns)
        .map(|column| {
            let words =
                head(column + 1).split_whitespace().map(|word| measure(word, look.text, true));
            let cells = table.rows.iter().map(|row| measure(&shown(row, column), look.text, false));
            words.chain(cells).fold(0.0, f64::max)
        })
        .collect();
    let taken = numbers.iter().map(|width| width + gap).sum::<f64>();
    let remarks = table.rows.iter().any(|row| !row.remark.is_empty());
    let apart = remarks && inner - taken > 460.0 * unit;
    let names = if apart { 0.5 * (inner - taken - gap) } else { inner - taken };
    let names = names.max(60.0 * unit);
    let right_of = |column: usize| {
        edge + names + numbers[..=column].iter().map(|width| width + gap).sum::<f64>()
    };
    let aside = edge + names + taken + gap;

    let mut sheet = TableSheet::default();
    let mut top = edge;
    sheet.lines.push((top, true));
    top += 5.0 * unit;
    let mut put = |text: String, (x, y): (f64, f64), right: bool, bold: bool, quiet: bool| {
        sheet.words.push(Word { text, x, y, right, bold, quiet });
    };
    let heads: Vec<Vec<String>> = (0..=columns)
        .map(|place| {
            let room = if place == 0 { names } else { numbers[place - 1] };
            wrapped(head(place), look.text, true, room, measure)
        })
        .collect();
    let tall = heads.iter().map(Vec::len).max().unwrap_or(1).max(1);
    for (place, lines) in heads.into_iter().enumerate() {
        // On the last line of the heading, so that it stands on its column.
        let first = tall - lines.len();
        for (row, text) in lines.into_iter().enumerate() {
            let y = top + ((first + row) as f64 + 0.5) * line;
            let x = if place == 0 { edge } else { right_of(place - 1) };
            put(text, (x, y), place > 0, true, false);
        }
    }
    if apart {
        let y = top + (tall as f64 - 0.5) * line;
        put(head(columns + 1).into(), (aside, y), false, true, false);
    }
    top += tall as f64 * line + 5.0 * unit;
    let under_head = top;
    top += 5.0 * unit;
    for row in &table.rows {
        let name = match row.unit.as_str() {
            "" => row.name.clone(),
            unit => format!("{} ({unit})", row.name),
        };
        let name = wrapped(&name, look.text, false, names, measure);
        let room = if apart { (edge + inner - aside).max(1.0) } else { inner };
        let remark = wrapped(&row.remark, look.text, false, room, measure);
        for column in 0..columns {
            let at = (right_of(column), top + 0.5 * line);
            put(shown(row, column), at, true, false, false);
        }
        let (beside, below) = if apart { (remark.len(), 0) } else { (0, remark.len()) };
        let high = name.len().max(beside).max(1);
        for (place, text) in name.into_iter().enumerate() {
            put(text, (edge, top + (place as f64 + 0.5) * line), false, false, false);
        }
        let (x, first) = if apart { (aside, 0) } else { (edge, high) };
        for (place, text) in remark.into_iter().enumerate() {
            put(text, (x, top + ((first + place) as f64 + 0.5) * line), false, false, true);
        }
        top += (high + below) as f64 * line + 4.0 * unit;
    }
    top += unit;
    sheet.lines.extend([(under_head, false), (top, true)]);
    sheet.height = top + edge;
    sheet
}

/// A value as it is read: three digits that count.
fn cell(value: Option<f64>) -> String {
    let Some(value) = value else { return "–".into() };
    let size = value.abs();
    let text = if size == 0.0 {
        "0".into()
    } else if (1e-3..1e6).contains(&size) {
        let before_point = libm::log10(size).floor() as i32 + 1;
        format!("{value:.*}", (3 - before_point).max(0) as usize)
    } else {
        let power = libm::log10(size).floor();
        let digits: String = format!("{power}").chars().map(raised).collect();
        format!("{:.1}×10{digits}", value / libm::pow(10.0, power))
    };
    text.replace('-', "−")
}

fn raised(digit: char) -> char {
    match digit {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        _ => char::from_u32(0x2070 + digit.to_digit(10).unwrap_or(0)).unwrap_or(digit),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Theme, layout::estimated};
    use super::*;

    #[test]
    fn numbers_are_read_with_the_digits_that_count() {
        for (value, text) in [
            (0.889_12, "0.889"),
            (-80.44, "−80.4"),
            (0.0055, "0.00550"),
            (1.3e-4, "1.3×10⁻⁴"),
            (0.0, "0"),
            (123.4, "123"),
            (3.0, "3.00"),
        ] {
            assert_eq!(cell(Some(value)), text);
        }
        assert_eq!(cell(None), "–");
    }

    fn sheet(width: f64) -> TableSheet {
        let rows = ["one", "two"].map(|name| {
            Row::new(name, "°", vec![Some(1.0), None], "a remark that goes on for quite some time")
        });
        let table = Table::new(["quantity", "first thing", "second", "expected"], rows.into());
        arrange(&table, width, &Theme::Light.look(), &estimated)
    }

    #[test]
    fn every_word_lies_inside_and_a_narrow_table_grows_downwards() {
        for width in [320.0, 640.0, 1200.0] {
            let sheet = sheet(width);
            for word in &sheet.words {
                let long = estimated(&word.text, 12.0, word.bold);
                let (from, to) =
                    if word.right { (word.x - long, word.x) } else { (word.x, word.x + long) };
                assert!(
                    from >= 0.0 && to <= width + 1.0,
                    "“{}” at {width}: {from} to {to}",
                    word.text
                );
                assert!(word.y > 0.0 && word.y < sheet.height);
            }
        }
        assert!(sheet(320.0).height > sheet(1200.0).height);
    }
}
