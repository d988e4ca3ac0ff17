//! What surrounds the two scans of an update: the parameters become the matrix, and the gradient
//! becomes a change of the parameters.

use cubecl::prelude::*;
use cubecl::{self, cube};

/// Says in a table of sources: nothing comes from here.
pub(super) const NOWHERE: u32 = u32::MAX;

/// Where things lie in the weights, and how large they are.
#[derive(CubeLaunch, CubeType)]
pub(super) struct Places {
    units: usize,
    rows: usize,
    columns: usize,
    /// Rows of *Aᵀ* as it is stored, and columns of *A*.
    across: usize,
    back: usize,
    /// Where the leak begins, and *A*, and where all ends, in fours.
    leak: usize,
    back_from: usize,
    end: usize,
}

/// Makes `weights`, as the kernels read them, and the first state `[unit, trial]`.
///
/// The weights are *Aᵀ*, `[four columns][row][column]`; the leak, four times each; and *A*,
/// `[four rows][column][row]`. Without `placed` the parameters are *A* itself, and `start` is
/// x₀ `[trial, unit]`, of `seen` units. Else an element of *A* is the sum of the two parameters
/// that `sources` names. With `gathers` the first state is a row of the recording `start`, zero for
/// units that are not seen.
#[cube(launch)]
#[allow(clippy::too_many_arguments, reason = "a kernel gets its buffers one by one")]
pub(super) fn prepare(
    parameters: &[f32],
    sources: &[u32],
    leak: &[f32],
    start: &[f32],
    rows: &[u32],
    weights: &mut [f32],
    state: &mut [f32],
    places: Places,
    trials: usize,
    padded: usize,
    seen: usize,
    #[comptime] placed: bool,
    #[comptime] gathers: bool,
) {
    let me = ABSOLUTE_POS;
    let four = me / 4;
    let part = me % 4;
    if four >= places.leak && four < places.back_from {
        weights[me] = leak[four - places.leak];
    } else if four < places.end {
        let ahead = four < places.leak;
        let behind = select(ahead, 0usize, four - places.back_from);
        let row = select(ahead, four % places.across, behind / places.back * 4 + part);
        let column = select(ahead, four / places.across * 4 + part, behind % places.back);
        let inside = row < places.rows && column < select(ahead, places.columns, places.units);
        let mut value = 0.0f32;
        if inside {
            let place = row * places.columns + column;
            if comptime!(placed) {
                let one = sources[2 * place];
                let other = sources[2 * place + 1];
                if one != NOWHERE {
                    value = parameters[one as usize];
                }
                if other != NOWHERE {
                    value += parameters[other as usize];
                }
            } else {
                value = parameters[place];
            }
        }
        weights[me] = value;
    }
    if me < padded * places.units {
        let unit = me / padded;
        let trial = (me % padded).min(trials - 1);
        let mut value = 0.0f32;
        if unit < seen {
            let row = if comptime!(gathers) { rows[trial] as usize } else { trial };
            value = start[row * seen + unit];
        }
        state[me] = value;
    }
}

/// Clips the gradient in length, takes the step of Adam, and records the update's error and the
/// lengths of gradient and parameters at `slot` of `record`.
#[cube(launch)]
#[allow(clippy::too_many_arguments, reason = "a kernel gets its buffers one by one")]
pub(super) fn descend(
    parameters: &mut [f32],
    mean: &mut [f32],
    square: &mut [f32],
    gradient: &[f32],
    lengths: &[f32],
    carry: &[f32],
    record: &mut [f32],
    count: usize,
    groups: usize,
    errors: usize,
    tiles: usize,
    slot: usize,
    per_number: f32,
    clip: f32,
    rate: f32,
    decay: f32,
    mean_decay: f32,
    square_decay: f32,
    mean_bias: f32,
    square_bias: f32,
    epsilon: f32,
) {
    let mut known = Shared::<[f32]>::new_slice(2usize);
    if UNIT_POS < 2 {
        let mut sum = 0.0f32;
        for group in 0..groups {
            sum += lengths[2 * group + UNIT_POS as usize];
        }
        known[UNIT_POS as usize] = f32::sqrt(sum);
    }
    sync_cube();
    let length = known[0];
    let mut shorter = 1.0f32;
    if clip > 0.0f32 {
        shorter = clip / length.max(clip);
    }
    let k = ABSOLUTE_POS;
    if k < count {
        let before = parameters[k];
        let slope = gradient[k] * shorter + decay * before;
        let m = mean_decay * mean[k] + (1.0f32 - mean_decay) * slope;
        let s = square_decay * square[k] + (1.0f32 - square_decay) * slope * slope;
        mean[k] = m;
        square[k] = s;
        let change = (m / mean_bias) / (f32::sqrt(s / square_bias) + epsilon);
        parameters[k] = before - rate * change;
    }
    if k == 0 {
        let mut sum = 0.0f32;
        for tile in 0..tiles {
            sum += carry[errors + 4 * tile];
        }
        record[3 * slot] = sum * per_number;
        record[3 * slot + 1] = length;
        record[3 * slot + 2] = known[1];
    }
}
