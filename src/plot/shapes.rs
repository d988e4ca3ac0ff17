//! Shapes cut down to what can be seen: within the frame, and no finer than the pixels.

/// A point in CSS pixels.
pub(super) type Point = (f64, f64);

/// A rectangle in CSS pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Rect {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

impl Rect {
    pub(super) fn right(&self) -> f64 {
        self.left + self.width
    }

    pub(super) fn bottom(&self) -> f64 {
        self.top + self.height
    }

    pub(super) fn middle(&self) -> Point {
        (self.left + self.width / 2.0, self.top + self.height / 2.0)
    }

    pub(super) fn holds(&self, (x, y): Point) -> bool {
        x >= self.left && x <= self.right() && y >= self.top && y <= self.bottom()
    }

    /// What two rectangles have in common, if anything.
    pub(super) fn shared(&self, other: &Self) -> Option<Self> {
        let (left, top) = (self.left.max(other.left), self.top.max(other.top));
        let width = self.right().min(other.right()) - left;
        let height = self.bottom().min(other.bottom()) - top;
        (width > 0.0 && height > 0.0).then_some(Self { left, top, width, height })
    }
}

/// Columns in a CSS pixel that a line is told apart in: a line is wider than one of them.
const COLUMNS: f64 = 1.0;

/// Parts of a CSS pixel within which two dots are one.
const SPOTS: f64 = 2.0;

/// The pieces of a line inside `frame`, thinned to what pixels can show. A point that is not
/// finite interrupts the line.
pub(super) fn pieces(points: impl Iterator<Item = Point>, frame: &Rect) -> Vec<Vec<Point>> {
    let mut pieces = Vec::new();
    let mut run = Vec::new();
    // Far points are brought near enough to reckon with; what is seen of them stays the same.
    let near = |value: f64| value.clamp(-1e6, 1e6);
    for (x, y) in points {
        if x.is_finite() && y.is_finite() {
            run.push((near(x), near(y)));
        } else {
            cut(&thinned(&run), frame, &mut pieces);
            run.clear();
        }
    }
    cut(&thinned(&run), frame, &mut pieces);
    pieces
}

/// Of every run of points within one column of pixels only the lowest and the highest remain, the
/// one nearer to where the line comes from first: at the size it is drawn the line looks the same,
/// and a long recording costs no more than a wide picture.
fn thinned(points: &[Point]) -> Vec<Point> {
    let column = |point: &Point| (point.0 * COLUMNS).floor();
    let mut kept: Vec<Point> = Vec::with_capacity(points.len().min(8192));
    kept.extend(points.first());
    for run in points.chunk_by(|a, b| column(a) >= column(b) && column(a) <= column(b)) {
        if run.len() <= 2 {
            kept.extend_from_slice(run);
            continue;
        }
        let low = run
            .iter()
            .copied()
            .fold(run[0], |low, point| if point.1 < low.1 { point } else { low });
        let high = run
            .iter()
            .copied()
            .fold(run[0], |high, point| if point.1 > high.1 { point } else { high });
        let from = kept.last().map_or(low.1, |point| point.1);
        let rising = (low.1 - from).abs() <= (high.1 - from).abs();
        kept.extend(if rising { [low, high] } else { [high, low] });
    }
    kept.extend(points.last());
    kept.dedup();
    kept
}

/// Appends what of the line lies within `frame`.
fn cut(line: &[Point], frame: &Rect, pieces: &mut Vec<Vec<Point>>) {
    let mut piece: Vec<Point> = Vec::new();
    for pair in line.windows(2) {
        match clipped(pair[0], pair[1], frame) {
            Some((from, to)) => {
                if piece.last() != Some(&from) {
                    flush(&mut piece, pieces);
                    piece.push(from);
                }
                piece.push(to);
            }
            None => flush(&mut piece, pieces),
        }
    }
    flush(&mut piece, pieces);
}

fn flush(piece: &mut Vec<Point>, pieces: &mut Vec<Vec<Point>>) {
    if piece.len() > 1 {
        pieces.push(std::mem::take(piece));
    }
    piece.clear();
}

/// The part of a segment inside `frame` (Liang & Barsky 1984).
fn clipped(from: Point, to: Point, frame: &Rect) -> Option<(Point, Point)> {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let (mut enter, mut leave) = (0.0_f64, 1.0_f64);
    for (change, room) in [
        (-dx, from.0 - frame.left),
        (dx, frame.right() - from.0),
        (-dy, from.1 - frame.top),
        (dy, frame.bottom() - from.1),
    ] {
        if change == 0.0 {
            if room < 0.0 {
                return None;
            }
        } else if change < 0.0 {
            enter = enter.max(room / change);
        } else {
            leave = leave.min(room / change);
        }
    }
    if enter > leave {
        return None;
    }
    let at = |part: f64| (from.0 + part * dx, from.1 + part * dy);
    // An end that is inside stays exactly where it is, so that the pieces join.
    let start = if enter > 0.0 { at(enter) } else { from };
    let end = if leave < 1.0 { at(leave) } else { to };
    Some((start, end))
}

/// A polygon's part inside `frame` (Sutherland & Hodgman 1974).
pub(super) fn within(polygon: Vec<Point>, frame: &Rect) -> Vec<Point> {
    // How deep a point lies on the inner side of each edge.
    let sides: [&dyn Fn(Point) -> f64; 4] = [
        &|point| point.0 - frame.left,
        &|point| frame.right() - point.0,
        &|point| point.1 - frame.top,
        &|point| frame.bottom() - point.1,
    ];
    sides.into_iter().fold(polygon, |polygon, depth| {
        let mut kept = Vec::with_capacity(polygon.len() + 4);
        for (place, &to) in polygon.iter().enumerate() {
            let from = polygon[(place + polygon.len() - 1) % polygon.len()];
            let (a, b) = (depth(from), depth(to));
            if (a < 0.0) != (b < 0.0) {
                let part = a / (a - b);
                kept.push((from.0 + part * (to.0 - from.0), from.1 + part * (to.1 - from.1)));
            }
            if b >= 0.0 {
                kept.push(to);
            }
        }
        kept
    })
}

/// The outline of a band: along its upper side and back along its lower; one of each column of
/// pixels. Points that are not finite are left out.
pub(super) fn outline(points: impl Iterator<Item = (f64, f64, f64)>) -> Vec<Point> {
    let near = |value: f64| value.clamp(-1e6, 1e6);
    let mut sides: Vec<(f64, f64, f64)> = Vec::new();
    for (x, a, b) in points.filter(|(x, a, b)| x.is_finite() && a.is_finite() && b.is_finite()) {
        let (x, top, bottom) = (near(x), near(a.min(b)), near(a.max(b)));
        match sides.last_mut() {
            Some(last) if (last.0 - x).abs() < 0.5 / COLUMNS => {
                *last = (last.0, last.1.min(top), last.2.max(bottom));
            }
            _ => sides.push((x, top, bottom)),
        }
    }
    let upper = sides.iter().map(|&(x, top, _)| (x, top));
    let lower = sides.iter().rev().map(|&(x, _, bottom)| (x, bottom));
    upper.chain(lower).collect()
}

/// Whether a line winds so much that its dashes could not be told apart.
pub(super) fn winds(line: &[Point], frame: &Rect) -> bool {
    let length: f64 =
        line.windows(2).map(|pair| libm::hypot(pair[1].0 - pair[0].0, pair[1].1 - pair[0].1)).sum();
    length > 6.0 * (frame.width + frame.height)
}

/// A line as its dashes, `on` long and `off` apart.
pub(super) fn dashes(line: &[Point], on: f64, off: f64) -> Vec<Vec<Point>> {
    let (mut dashes, mut dash) = (Vec::new(), Vec::new());
    let (mut inked, mut left) = (true, on);
    if let Some(&first) = line.first() {
        dash.push(first);
    }
    for pair in line.windows(2) {
        let (mut from, to) = (pair[0], pair[1]);
        loop {
            let length = libm::hypot(to.0 - from.0, to.1 - from.1);
            if length <= left {
                left -= length;
                if inked {
                    dash.push(to);
                }
                break;
            }
            let part = left / length;
            from = (from.0 + part * (to.0 - from.0), from.1 + part * (to.1 - from.1));
            if inked {
                dash.push(from);
                dashes.push(std::mem::take(&mut dash));
            } else {
                dash.push(from);
            }
            inked = !inked;
            left = if inked { on } else { off };
        }
    }
    if dash.len() > 1 {
        dashes.push(dash);
    }
    dashes
}

/// The points inside `frame`, one of those that fall on the same spot.
pub(super) fn spots(points: impl Iterator<Item = Point>, frame: &Rect) -> Vec<Point> {
    let mut seen = std::collections::HashSet::new();
    let spot = |(x, y): Point| ((x * SPOTS) as i32, (y * SPOTS) as i32);
    points.filter(|&point| frame.holds(point) && seen.insert(spot(point))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: Rect = Rect { left: 0.0, top: 0.0, width: 100.0, height: 50.0 };

    #[test]
    fn a_line_is_cut_at_the_frame_and_joins_inside() {
        let line = [(-10.0, 10.0), (10.0, 10.0), (20.0, 70.0), (30.0, 10.0), (40.0, 10.0)];
        let pieces = pieces(line.into_iter(), &FRAME);
        assert_eq!(pieces.len(), 2);
        assert_eq!(pieces[0][..2], [(0.0, 10.0), (10.0, 10.0)]);
        assert!(pieces.iter().flatten().all(|&(_, y)| y <= 50.0 + 1e-9));
        assert_eq!(pieces[1].last(), Some(&(40.0, 10.0)));
    }

    #[test]
    fn what_is_not_finite_interrupts_a_line() {
        let line = [(0.0, 1.0), (1.0, 1.0), (2.0, f64::NAN), (3.0, 1.0), (4.0, f64::INFINITY)];
        assert_eq!(pieces(line.into_iter(), &FRAME), [vec![(0.0, 1.0), (1.0, 1.0)]]);
        assert!(pieces(std::iter::empty(), &FRAME).is_empty());
        let far = [(f64::MIN, f64::MAX), (f64::MAX, f64::MIN)];
        assert!(pieces(far.into_iter(), &FRAME).iter().flatten().all(|p| p.0.is_finite()));
    }

    #[test]
    fn a_thinned_line_keeps_its_extremes_in_every_column() {
        let noise = |n: u32| f64::from(n.wrapping_mul(2_654_435_761) >> 16) / 65536.0 * 50.0;
        let line: Vec<_> = (0..50_000).map(|n| (f64::from(n) / 500.0, noise(n))).collect();
        let thin = thinned(&line);
        assert!(thin.len() <= 2 * 101, "{}", thin.len());
        let highest = |points: &[Point], column: i32| {
            let inside = points.iter().filter(|p| (p.0 * COLUMNS) as i32 == column);
            inside.fold(0.0_f64, |so_far, p| so_far.max(p.1))
        };
        for column in 0..100 {
            assert!((highest(&thin, column) - highest(&line, column)).abs() < 1e-12);
        }
    }

    #[test]
    fn a_band_is_cut_at_the_frame() {
        let band = outline([(-50.0, -10.0, 20.0), (150.0, 20.0, 90.0)].into_iter());
        let inside = within(band, &FRAME);
        assert!(inside.len() >= 4 && inside.iter().all(|&point| FRAME.holds(point)), "{inside:?}");
        assert!(within(Vec::new(), &FRAME).is_empty());
    }

    #[test]
    fn dashes_are_as_long_as_they_should_be_around_corners() {
        let dashes = dashes(&[(0.0, 0.0), (3.0, 0.0), (3.0, 7.0)], 4.0, 2.0);
        let corner = vec![(0.0, 0.0), (3.0, 0.0), (3.0, 1.0)];
        assert_eq!(dashes, [corner, vec![(3.0, 3.0), (3.0, 7.0)]]);
    }

    #[test]
    fn dots_on_the_same_spot_are_drawn_once() {
        let dots = [(1.0, 1.0), (1.1, 1.1), (9.0, 9.0), (101.0, 9.0), (f64::NAN, 1.0)];
        assert_eq!(spots(dots.into_iter(), &FRAME).len(), 2);
    }
}
