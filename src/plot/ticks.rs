//! Where an axis is marked, and what stands there: plain numbers as a person would write them.

use crate::lab::{Axis, Scale};

/// What stands at a tick: `base`, then `power` raised and small: 10⁻³ whatever the font lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Label {
    pub(super) base: String,
    pub(super) power: String,
}

impl Label {
    /// `value` with this many decimals, after a power of ten was taken out of it.
    fn new(value: f64, power: i32, decimals: usize) -> Self {
        if value == 0.0 && power != 0 {
            return Self::plain("0".into());
        }
        let base = fixed(value / power_of_ten(power), decimals);
        if power == 0 {
            Self::plain(base)
        } else {
            Self { base: base + "×10", power: signed(power) }
        }
    }

    fn plain(base: String) -> Self {
        Self { base, power: String::new() }
    }
}

/// A place on an axis with its label.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tick {
    pub(super) at: f64,
    pub(super) label: Label,
}

/// Where a value lies along an axis: 0 at its beginning, 1 at its end, not finite if nowhere.
pub(super) fn part(axis: &Axis, value: f64) -> f64 {
    let (from, to) = axis.range;
    match axis.scale {
        Scale::Linear => (value - from) / (to - from),
        Scale::Log if value > 0.0 => {
            (libm::log10(value) - libm::log10(from)) / (libm::log10(to) - libm::log10(from))
        }
        Scale::Log => f64::NAN,
    }
}

/// Whether anything can be placed on this axis.
pub(super) fn usable(axis: &Axis) -> bool {
    let (from, to) = axis.range;
    let span = part(axis, to) - part(axis, from);
    (to - from).is_finite() && span.is_finite() && span > 0.0
}

/// At most about `most` labelled ticks of an axis that is [`usable`], in ascending order.
pub(super) fn ticks(axis: &Axis, most: usize) -> Vec<Tick> {
    let (low, high) = (axis.range.0.min(axis.range.1), axis.range.0.max(axis.range.1));
    match axis.scale {
        // One number alone says nothing about the scale: rather one more than asked for.
        Scale::Linear => (most.max(2)..10)
            .map(|most| linear(low, high, most, axis.label.contains('°')))
            .find(|ticks| ticks.len() > 1)
            .unwrap_or_default(),
        Scale::Log => logarithmic(low, high, most.max(2)),
    }
}

/// The unlabelled ticks that show an axis to be logarithmic: 2, 3 … 9 of every decade.
pub(super) fn between(axis: &Axis) -> Vec<f64> {
    let (low, high) = (axis.range.0.min(axis.range.1), axis.range.0.max(axis.range.1));
    let decades = libm::log10(high) - libm::log10(low);
    if axis.scale == Scale::Linear || decades > 10.0 {
        return Vec::new();
    }
    let first = libm::log10(low).floor() as i32;
    let last = libm::log10(high).ceil() as i32;
    (first..=last)
        .flat_map(|decade| (2..10).map(move |digit| f64::from(digit) * power_of_ten(decade)))
        .filter(|at| (low..=high).contains(at))
        .collect()
}

/// Steps of 1, 2 or 5 times a power of ten; a circle is divided into its usual parts.
fn linear(low: f64, high: f64, most: usize, degrees: bool) -> Vec<Tick> {
    let rough = (high - low) / most as f64;
    let step = [15.0, 30.0, 45.0, 90.0, 180.0, 360.0]
        .into_iter()
        .find(|&step| degrees && step >= rough && rough > 6.0)
        .unwrap_or_else(|| {
            let decade = power_of_ten(libm::log10(rough).floor() as i32);
            let digit = [1.0, 2.0, 5.0].into_iter().find(|digit| digit * decade >= rough * 0.999);
            digit.unwrap_or(10.0) * decade
        });
    if !(step.is_finite() && step > 0.0) {
        return Vec::new();
    }
    // A hair of tolerance: 0.3 is not a multiple of 0.1.
    let (first, last) = ((low / step - 1e-6).ceil(), (high / step + 1e-6).floor());
    if last - first > 4.0 * most as f64 {
        return Vec::new();
    }
    let count = (last - first) as usize;
    let values: Vec<f64> = (0..=count).map(|place| (first + place as f64) * step).collect();
    let greatest = values.iter().fold(0.0_f64, |so_far, value| so_far.max(value.abs()));
    let (shift, decimals) = writing(step, greatest);
    let tick = |at: f64| Tick { at, label: Label::new(at, shift, decimals) };
    values.into_iter().map(tick).collect()
}

/// The power of ten to take out of numbers `step` apart, and how many decimals remain.
fn writing(step: f64, greatest: f64) -> (i32, usize) {
    let decimals = |step: f64| {
        // 2.5 and 0.05 alike: as many as it takes to write the step itself.
        (0..=15).find(|&n| {
            let scaled = step * power_of_ten(n);
            (scaled - scaled.round()).abs() < 1e-4 * scaled
        })
    };
    let plain = decimals(step).unwrap_or(15) as usize;
    let order = if greatest > 0.0 { libm::log10(greatest * 1.000_001).floor() as i32 } else { 0 };
    if greatest < 1e6 && plain <= 4 {
        (0, plain)
    } else {
        (order, decimals(step / power_of_ten(order)).unwrap_or(15) as usize)
    }
}

/// Decades; every other, or every third, when there are many; 1, 2 and 5 when there are few.
fn logarithmic(low: f64, high: f64, most: usize) -> Vec<Tick> {
    let (first, last) = (libm::log10(low).floor() as i32, libm::log10(high).ceil() as i32);
    let inside = |at: &f64| (low * 0.999_999..=high * 1.000_001).contains(at);
    let decades: Vec<i32> =
        (first..=last).filter(|&decade| inside(&power_of_ten(decade))).collect();
    if decades.len() < 2 {
        let few: Vec<Tick> = (first..=last)
            .flat_map(|decade| [1.0, 2.0, 5.0].map(|digit| (decade, digit * power_of_ten(decade))))
            .filter(|(_, at)| inside(at))
            .map(|(decade, at)| {
                let power = if (-4..6).contains(&decade) { 0 } else { decade };
                let decimals = if power == 0 { (-decade).max(0) as usize } else { 0 };
                Tick { at, label: Label::new(at, power, decimals) }
            })
            .collect();
        return if few.len() < 2 { linear(low, high, most, false) } else { few };
    }
    let every = decades.len().div_ceil(most).max(1);
    let small = decades[0] >= -3 && decades[decades.len() - 1] <= 4;
    decades
        .into_iter()
        .filter(|decade| (decade.unsigned_abs() as usize).is_multiple_of(every))
        .map(|decade| {
            let at = power_of_ten(decade);
            let label = if small {
                Label::plain(fixed(at, (-decade).max(0) as usize))
            } else {
                Label { base: "10".into(), power: signed(decade) }
            };
            Tick { at, label }
        })
        .collect()
}

/// A number with this many decimals, a true minus sign, and no “−0”.
fn fixed(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    match text.strip_prefix('-') {
        Some(rest) if rest.bytes().all(|byte| byte == b'0' || byte == b'.') => rest.to_owned(),
        Some(rest) => format!("−{rest}"),
        None => text,
    }
}

fn signed(power: i32) -> String {
    power.to_string().replace('-', "−")
}

fn power_of_ten(power: i32) -> f64 {
    libm::pow(10.0, f64::from(power))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(axis: &Axis, most: usize) -> Vec<String> {
        let raised = |label: &Label| match label.power.as_str() {
            "" => label.base.clone(),
            power => format!("{}^{power}", label.base),
        };
        ticks(axis, most).iter().map(|tick| raised(&tick.label)).collect()
    }

    #[test]
    fn ticks_are_written_as_a_person_would() {
        let of = |from, to| written(&Axis::new("", (from, to)), 5);
        assert_eq!(of(0.0, 1500.0), ["0", "500", "1000", "1500"]);
        assert_eq!(of(0.0, 1.0), ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        assert_eq!(of(-0.5, 0.5), ["−0.4", "−0.2", "0.0", "0.2", "0.4"]);
        assert_eq!(of(0.0, 0.003), ["0.000", "0.001", "0.002", "0.003"]);
        assert_eq!(written(&Axis::new("", (-1.2, 1.2)), 2), ["−1", "0", "1"]);
        assert_eq!(of(0.0, 4e6), ["0", "1×10^6", "2×10^6", "3×10^6", "4×10^6"]);
        assert_eq!(of(0.0, 4e-5), ["0", "1×10^−5", "2×10^−5", "3×10^−5", "4×10^−5"]);
    }

    #[test]
    fn a_descending_axis_has_the_ticks_of_the_ascending_one() {
        let axis = Axis::new("", (200.0, 0.0));
        assert_eq!(written(&axis, 4), ["0", "50", "100", "150", "200"]);
        assert!((part(&axis, 200.0), part(&axis, 0.0)) == (0.0, 1.0));
    }

    #[test]
    fn a_circle_is_divided_into_its_usual_parts() {
        let axis = Axis::new("heading (°)", (-180.0, 180.0));
        assert_eq!(written(&axis, 5), ["−180", "−90", "0", "90", "180"]);
    }

    #[test]
    fn a_log_axis_is_marked_at_its_decades() {
        let of = |from, to| written(&Axis::log("", (from, to)), 5);
        assert_eq!(of(0.01, 10.0), ["0.01", "0.1", "1", "10"]);
        assert_eq!(of(9e-6, 2e-3), ["10^−5", "10^−4", "10^−3"]);
        assert_eq!(of(1e-12, 1.0), ["10^−12", "10^−9", "10^−6", "10^−3", "10^0"]);
        assert_eq!(of(0.15, 6.0), ["0.2", "0.5", "1", "2", "5"]);
    }

    #[test]
    fn between_the_decades_are_the_other_digits() {
        assert_eq!(between(&Axis::log("", (10.0, 1.0))).len(), 8);
        assert!(between(&Axis::new("", (0.0, 1.0))).is_empty());
    }

    #[test]
    fn no_range_makes_it_hang_or_panic() {
        let ends = [0.0, 1.0, -1.0, 1e300, -1e300, 1e-300, f64::MAX, 5e-324, 1.0 + 1e-15, f64::NAN];
        for from in ends {
            for to in ends {
                for axis in [Axis::new("°", (from, to)), Axis::log("", (from, to))] {
                    if usable(&axis) {
                        assert!(ticks(&axis, 6).len() < 50, "{axis:?}");
                        assert!(between(&axis).len() < 100, "{axis:?}");
                    }
                }
            }
        }
    }
}
