//! How a figure looks: three themes, their inks, their series colours, their colour maps.

use crate::lab::Colours;
use plotters::style::RGBColor;

/// Which of the looks a figure is drawn in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// Dark ink on white, as on paper.
    #[default]
    Light,
    /// Light ink on a page that is nearly black.
    Dark,
    /// Black on white, in larger type and stronger strokes: for the last row of a lecture hall.
    Projector,
}

impl Theme {
    /// The theme of this name: `"light"`, `"dark"` or `"projector"`.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "light" => Some(Self::Light),
            "dark" => Some(Self::Dark),
            "projector" => Some(Self::Projector),
            _ => None,
        }
    }

    /// What is behind the figure: the page should have the same colour there.
    #[must_use]
    pub fn background(self) -> RGBColor {
        self.look().background
    }

    /// Its inks and sizes.
    pub(super) fn look(self) -> Look {
        match self {
            Self::Light => LIGHT,
            Self::Dark => DARK,
            Self::Projector => PROJECTOR,
        }
    }
}

/// The type: the sans serif of the machine, whose digits are all of one width. The names before
/// the last have nearly the widths that [`super::layout`] reckons with.
pub(super) const FAMILY: &str = "Helvetica Neue, Helvetica, Arial, Liberation Sans, sans-serif";

/// The inks and sizes of a theme; lengths are CSS pixels.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look {
    pub(super) background: RGBColor,
    /// Titles and names.
    pub(super) ink: RGBColor,
    /// Numbers, axis labels, reference lines.
    pub(super) quiet: RGBColor,
    /// Axes and frames.
    pub(super) axis: RGBColor,
    /// The major grid.
    pub(super) grid: RGBColor,
    pub(super) series: [RGBColor; 8],
    diverging: [u32; 11],
    /// Size of numbers, labels and legend.
    pub(super) text: f64,
    /// Size of panel titles.
    pub(super) title: f64,
    /// Width of data lines.
    pub(super) line: f64,
    /// Width of axes.
    pub(super) hair: f64,
    /// Everything that is not type: gaps, ticks, dots.
    pub(super) scale: f64,
}

impl Look {
    /// The colour of a part of the way from the least to the greatest value.
    pub(super) fn colour(&self, colours: Colours, part: f64) -> RGBColor {
        let stops = match colours {
            Colours::Sequential => &VIRIDIS,
            Colours::Diverging => &self.diverging,
        };
        let place = part.clamp(0.0, 1.0) * (stops.len() - 1) as f64;
        let before = (place as usize).min(stops.len() - 2);
        let (a, b) = (rgb(stops[before]), rgb(stops[before + 1]));
        let mix = |a: u8, b: u8| {
            (f64::from(a) + (f64::from(b) - f64::from(a)) * (place - before as f64)).round() as u8
        };
        RGBColor(mix(a.0, b.0), mix(a.1, b.1), mix(a.2, b.2))
    }
}

const fn rgb(hex: u32) -> RGBColor {
    RGBColor((hex >> 16) as u8, (hex >> 8) as u8, hex as u8)
}

const fn palette(hex: [u32; 8]) -> [RGBColor; 8] {
    let mut colours = [rgb(0); 8];
    let mut place = 0;
    while place < 8 {
        colours[place] = rgb(hex[place]);
        place += 1;
    }
    colours
}

/// Brewer's red–blue, through white.
const RED_BLUE: [u32; 11] = [
    0x05_30_61, 0x21_66_AC, 0x43_93_C3, 0x92_C5_DE, 0xD1_E5_F0, 0xFF_FF_FF, 0xFD_DB_C7, 0xF4_A5_82,
    0xD6_60_4D, 0xB2_18_2B, 0x67_00_1F,
];

/// Viridis (van der Walt & Smith 2015): even steps look even, also without colour vision.
const VIRIDIS: [u32; 11] = [
    0x44_01_54, 0x48_24_75, 0x41_44_87, 0x35_5F_8D, 0x2A_78_8E, 0x21_90_8D, 0x22_A8_84, 0x44_BF_70,
    0x7A_D1_51, 0xBD_DF_26, 0xFD_E7_25,
];

/// Series colours after Okabe & Ito 2008, told apart by every eye; their yellow, which paper
/// swallows, is a grey here.
const LIGHT: Look = Look {
    background: rgb(0xFF_FF_FF),
    ink: rgb(0x1B_1F_24),
    quiet: rgb(0x50_57_60),
    axis: rgb(0x8A_91_99),
    grid: rgb(0xEC_EE_F0),
    series: palette([
        0x00_72_B2, 0xD5_5E_00, 0x00_9E_73, 0xCC_79_A7, 0xE6_9F_00, 0x56_B4_E9, 0x6B_72_7B,
        0x11_11_11,
    ]),
    diverging: RED_BLUE,
    text: 12.0,
    title: 13.0,
    line: 1.75,
    hair: 1.0,
    scale: 1.0,
};

/// The same hues, lifted until they stand out from a dark page, and a red–blue through its black.
const DARK: Look = Look {
    background: rgb(0x15_18_1D),
    ink: rgb(0xEC_EF_F2),
    quiet: rgb(0xA9_B1_BA),
    axis: rgb(0x6A_73_7D),
    grid: rgb(0x24_29_30),
    series: palette([
        0x56_B4_E9, 0xF2_8E_3C, 0x2F_C7_9B, 0xE5_9B_C4, 0xF0_E4_42, 0x6E_8F_FF, 0xA9_B1_BA,
        0xF5_F5_F5,
    ]),
    diverging: [
        0xB0_DC_FD, 0x74_BC_F4, 0x3B_93_D8, 0x22_66_9C, 0x1A_3D_5C, 0x15_18_1D, 0x5A_24_1C,
        0x9E_3A_2B, 0xDE_5F_45, 0xF7_9A_7B, 0xFF_C9_B2,
    ],
    ..LIGHT
};

const PROJECTOR: Look = Look {
    ink: rgb(0x00_00_00),
    quiet: rgb(0x1C_1F_23),
    axis: rgb(0x33_38_3E),
    grid: rgb(0xDD_E0_E3),
    series: palette([
        0x00_5C_99, 0xC2_45_00, 0x00_7A_58, 0xA8_3F_7C, 0xB3_76_00, 0x1F_8F_CF, 0x4A_50_57,
        0x00_00_00,
    ]),
    text: 16.0,
    title: 17.5,
    line: 3.0,
    hair: 1.5,
    scale: 1.35,
    ..LIGHT
};

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Theme; 3] = [Theme::Light, Theme::Dark, Theme::Projector];

    /// Relative luminance as WCAG 2 defines it.
    fn luminance(RGBColor(r, g, b): RGBColor) -> f64 {
        let linear = |part: u8| {
            let part = f64::from(part) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { libm::pow((part + 0.055) / 1.055, 2.4) }
        };
        0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
    }

    fn contrast(a: RGBColor, b: RGBColor) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn text_can_be_read_on_every_background() {
        for look in ALL.map(Theme::look) {
            assert!(contrast(look.ink, look.background) > 7.0, "{look:?}");
            assert!(contrast(look.quiet, look.background) > 4.5, "{look:?}");
        }
    }

    #[test]
    fn the_middle_of_the_diverging_colours_is_the_background() {
        for look in ALL.map(Theme::look) {
            assert_eq!(look.colour(Colours::Diverging, 0.5), look.background);
        }
    }

    #[test]
    fn more_is_lighter_in_the_sequential_colours() {
        let look = Theme::Light.look();
        let of = |step: i32| luminance(look.colour(Colours::Sequential, f64::from(step) / 64.0));
        assert!((0..64).all(|step| of(step) < of(step + 1)));
    }

    #[test]
    fn a_colour_map_holds_at_its_ends_and_survives_what_is_beyond() {
        let look = Theme::Dark.look();
        for colours in [Colours::Sequential, Colours::Diverging] {
            assert_eq!(look.colour(colours, -1.0), look.colour(colours, 0.0));
            assert_eq!(look.colour(colours, 7.0), look.colour(colours, 1.0));
            let _ = look.colour(colours, f64::NAN);
        }
    }

    #[test]
    fn themes_are_known_by_their_names_only() {
        assert_eq!(Theme::named("projector"), Some(Theme::Projector));
        assert_eq!(Theme::named("Light"), None);
    }
}
