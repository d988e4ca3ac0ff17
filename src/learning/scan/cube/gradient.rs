//! ∂L/∂A = Σ \[δ ; e\]\[q ; u ; 1\]ᵀ, summed over steps and trials in two goes: the terms are cut
//! into chunks that are summed side by side, then the chunks are added up in their order. Nothing
//! depends on which workgroup is first.

use super::Layout;
use cubecl::prelude::*;
use cubecl::{self, cube};

/// Invocations of a workgroup stand in a square of this side.
pub(super) const SIDE: usize = 8;
/// Rows and columns of *A* for each invocation.
pub(super) const ROWS: usize = 8;
pub(super) const COLUMNS: usize = 4;
/// Terms that are in workgroup memory at once.
pub(super) const TERMS: usize = 16;

/// One block of *A* over one chunk of the `terms`, into `sums` `[chunk, row, column]`.
#[cube(launch)]
#[allow(clippy::too_many_arguments, reason = "a kernel gets its buffers one by one")]
pub(super) fn products(
    deltas: &[f32],
    passed: &[f32],
    inputs: &[f32],
    rows: &[u32],
    sums: &mut [f32],
    terms: usize,
    chunk: usize,
    steps: usize,
    trials: usize,
    padded: usize,
    #[comptime] layout: Layout,
) {
    let units = comptime!(layout.units);
    let channels = comptime!(layout.inputs);
    let height = comptime!(layout.rows);
    let width = comptime!(layout.columns);
    let high = comptime!(SIDE * ROWS);
    let wide = comptime!(SIDE * COLUMNS);
    let me = UNIT_POS as usize;
    let down = me / SIDE;
    let along = me % SIDE;
    let row_first = CUBE_POS_Y as usize * high;
    let column_first = CUBE_POS_X as usize * wide;
    let first = CUBE_POS_Z as usize * chunk;
    let end = (first + chunk).min(terms);

    let mut left = Shared::<[f32]>::new_slice(comptime!(TERMS * SIDE * ROWS));
    let mut right = Shared::<[f32]>::new_slice(comptime!(TERMS * SIDE * COLUMNS));
    let mut acc = Array::<f32>::new(comptime!(ROWS * COLUMNS));
    let mut a = Array::<f32>::new(ROWS);
    let mut b = Array::<f32>::new(COLUMNS);
    #[unroll]
    for k in 0..comptime!(ROWS * COLUMNS) {
        acc[k] = 0.0f32;
    }

    for from in range_stepped(first, end, TERMS) {
        for place in range_stepped(me, comptime!(TERMS * SIDE * ROWS), comptime!(SIDE * SIDE)) {
            let term = from + place / high;
            let row = row_first + place % high;
            let mut value = 0.0f32;
            if term < end && row < height {
                value = deltas[term * height + row];
            }
            left[place] = value;
        }
        for place in range_stepped(me, comptime!(TERMS * SIDE * COLUMNS), comptime!(SIDE * SIDE)) {
            let term = from + place / wide;
            let column = column_first + place % wide;
            let mut value = 0.0f32;
            if term < end {
                if column < units {
                    value = passed[term * units + column];
                } else if column < units + channels {
                    let trial = (term % padded).min(trials - 1);
                    let step = term / padded;
                    if step < steps {
                        let row = if comptime!(layout.gathers) {
                            rows[trial] as usize + step + 1
                        } else {
                            step * trials + trial
                        };
                        value = inputs[row * channels + column - units];
                    }
                } else if column < width {
                    value = 1.0f32;
                }
            }
            right[place] = value;
        }
        sync_cube();
        for term in 0..TERMS {
            #[unroll]
            for r in 0..ROWS {
                a[r] = left[term * high + down + r * SIDE];
            }
            #[unroll]
            for c in 0..COLUMNS {
                b[c] = right[term * wide + along + c * SIDE];
            }
            #[unroll]
            for r in 0..ROWS {
                #[unroll]
                for c in 0..COLUMNS {
                    acc[r * COLUMNS + c] += a[r] * b[c];
                }
            }
        }
        sync_cube();
    }

    let page = CUBE_POS_Z as usize * height * width;
    #[unroll]
    for r in 0..ROWS {
        #[unroll]
        for c in 0..COLUMNS {
            let row = row_first + down + r * SIDE;
            let column = column_first + along + c * SIDE;
            if row < height && column < width {
                sums[page + row * width + column] = acc[r * COLUMNS + c];
            }
        }
    }
}

/// Adds the chunks up. Without `places` into ∂L/∂A; with them, into the gradient of each
/// parameter, which is that of the element of *A* it is `places`d at, and Σg², Σθ² of each
/// workgroup go to `lengths`.
#[cube(launch)]
#[allow(clippy::too_many_arguments, reason = "a kernel gets its buffers one by one")]
pub(super) fn collect(
    sums: &[f32],
    places: &[u32],
    parameters: &[f32],
    gradient: &mut [f32],
    lengths: &mut [f32],
    count: usize,
    chunks: usize,
    #[comptime] threads: usize,
    #[comptime] layout: Layout,
) {
    let size = comptime!(layout.rows * layout.columns);
    let me = UNIT_POS as usize;
    let stride = CUBE_COUNT as usize * threads;
    let mut slope = 0.0f32;
    let mut weight = 0.0f32;
    for k in range_stepped(CUBE_POS as usize * threads + me, count, stride) {
        let place = if comptime!(layout.places) { places[k] as usize } else { k };
        let mut sum = 0.0f32;
        for chunk in 0..chunks {
            sum += sums[chunk * size + place];
        }
        if comptime!(layout.places) {
            let value = parameters[k];
            weight += value * value;
            slope += sum * sum;
        }
        gradient[k] = sum;
    }
    if comptime!(layout.places) {
        let mut all = Shared::<[f32]>::new_slice(2 * threads);
        all[me] = slope;
        all[threads + me] = weight;
        sync_cube();
        if me < 2 {
            let mut sum = 0.0f32;
            for k in 0..threads {
                sum += all[me * threads + k];
            }
            lengths[2 * CUBE_POS as usize + me] = sum;
        }
    }
}
