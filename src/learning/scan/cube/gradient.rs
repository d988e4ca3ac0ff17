//! ∂L/∂A = Σ \[δ ; e\]\[q ; u ; 1\]ᵀ, summed over steps and trials in two goes: the terms are cut
//! into chunks that are summed side by side, then the chunks are added up in their order. Nothing
//! depends on which workgroup is first.
//!
//! Both histories have a row for each row, or column, of *A*, and its terms lie side by side in
//! it. A workgroup takes a block of *A*, brings some terms of the block's rows and columns to its
//! own memory, and each invocation multiplies its rows and columns, four terms at a time.

use super::Four;
use cubecl::prelude::*;
use cubecl::{self, cube};

/// Invocations of a workgroup stand in a square of this side.
pub(super) const SIDE: usize = 8;
/// Terms that are in workgroup memory at once, in fours.
pub(super) const DEEP: usize = 4;

/// How many of `count` rows, or columns, an invocation has: at most `most`, and so that few are left
/// over.
pub(super) fn share(count: usize, most: usize) -> usize {
    count.div_ceil(SIDE * count.div_ceil(SIDE * most))
}

/// One block of *A* over one chunk of the terms, into `sums` `[chunk, row, column]`.
///
/// Terms are counted in fours: there are `terms` of them, `chunk` in a chunk, and `stretch` from
/// one row of a history to the next.
#[cube(launch)]
#[allow(clippy::too_many_arguments, reason = "a kernel gets its buffers one by one")]
pub(super) fn products(
    deltas: &[Four],
    passed: &[Four],
    sums: &mut [f32],
    rows: usize,
    columns: usize,
    terms: usize,
    chunk: usize,
    stretch: usize,
    #[comptime] down: usize,
    #[comptime] along: usize,
    #[comptime] shared: bool,
) {
    let high = comptime!(SIDE * down);
    let wide = comptime!(SIDE * along);
    let me = UNIT_POS as usize;
    let i = me / SIDE;
    let j = me % SIDE;
    let row_first = CUBE_POS_Y as usize * high;
    let column_first = CUBE_POS_X as usize * wide;
    let first = CUBE_POS_Z as usize * chunk;
    let end = (first + chunk).min(terms);

    let mut acc = Array::<f32>::new(comptime!(down * along));
    let mut a = Array::<Four>::new(down);
    #[unroll]
    for k in 0..comptime!(down * along) {
        acc[k] = 0.0f32;
    }

    if comptime!(shared) {
        // [four terms][row]: invocations side by side read side by side.
        let mut left = Shared::<[Four]>::new_slice(comptime!(DEEP * SIDE * down));
        let mut right = Shared::<[Four]>::new_slice(comptime!(DEEP * SIDE * along));
        for from in range_stepped(first, end, DEEP) {
            let deep = me % DEEP;
            let term = from + deep;
            let there = term.min(terms - 1);
            // What is beyond the end counts for nothing.
            let counts = Four::new(select(term < end, 1.0f32, 0.0f32));
            for row in range_stepped(me / DEEP, high, comptime!(SIDE * SIDE / DEEP)) {
                let at = (row_first + row).min(rows - 1);
                left[deep * high + row] = counts * deltas[at * stretch + there];
            }
            for column in range_stepped(me / DEEP, wide, comptime!(SIDE * SIDE / DEEP)) {
                let at = (column_first + column).min(columns - 1);
                right[deep * wide + column] = passed[at * stretch + there];
            }
            sync_cube();
            for k in 0..DEEP {
                #[unroll]
                for r in 0..down {
                    a[r] = left[k * high + i + r * SIDE];
                }
                #[unroll]
                for c in 0..along {
                    let b = right[k * wide + j + c * SIDE];
                    #[unroll]
                    for r in 0..down {
                        acc[r * along + c] += a[r].dot(b);
                    }
                }
            }
            sync_cube();
        }
    } else {
        for term in first..end {
            #[unroll]
            for r in 0..down {
                let row = (row_first + i + r * SIDE).min(rows - 1);
                a[r] = deltas[row * stretch + term];
            }
            #[unroll]
            for c in 0..along {
                let column = (column_first + j + c * SIDE).min(columns - 1);
                let b = passed[column * stretch + term];
                #[unroll]
                for r in 0..down {
                    acc[r * along + c] += a[r].dot(b);
                }
            }
        }
    }

    let page = CUBE_POS_Z as usize * rows * columns;
    #[unroll]
    for r in 0..down {
        let row = row_first + i + r * SIDE;
        #[unroll]
        for c in 0..along {
            let column = column_first + j + c * SIDE;
            if row < rows && column < columns {
                sums[page + row * columns + column] = acc[r * along + c];
            }
        }
    }
}

/// Adds the chunks up, `size` numbers each. Without `placed` into ∂L/∂A; else into the gradient of
/// each parameter, which is that of the element of *A* it is `places`d at, and Σg², Σθ² of each
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
    size: usize,
    #[comptime] threads: usize,
    #[comptime] placed: bool,
) {
    let me = UNIT_POS as usize;
    let stride = CUBE_COUNT * threads;
    let mut slope = 0.0f32;
    let mut weight = 0.0f32;
    for k in range_stepped(CUBE_POS * threads + me, count, stride) {
        let place = if comptime!(placed) { places[k] as usize } else { k };
        let mut sum = 0.0f32;
        for chunk in 0..chunks {
            sum += sums[chunk * size + place];
        }
        if comptime!(placed) {
            let value = parameters[k];
            weight += value * value;
            slope += sum * sum;
        }
        gradient[k] = sum;
    }
    if comptime!(placed) {
        let mut all = Shared::<[f32]>::new_slice(2 * threads);
        all[me] = slope;
        all[threads + me] = weight;
        sync_cube();
        if me < 2 {
            let mut sum = 0.0f32;
            for k in 0..threads {
                sum += all[me * threads + k];
            }
            lengths[2 * CUBE_POS + me] = sum;
        }
    }
}
