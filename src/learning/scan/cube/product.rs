//! The one product of each step, forwards and back, and what else the two scans share.

use super::{Four, Layout, Span, activation};
use cubecl::prelude::*;
use cubecl::{self, cube};

/// What a dispatch goes through.
#[derive(CubeLaunch, CubeType)]
pub(super) struct Course {
    /// The first block, and that after the last.
    pub(super) first: usize,
    pub(super) end: usize,
    /// All blocks there are.
    pub(super) blocks: usize,
    pub(super) steps: usize,
    pub(super) trials: usize,
}

/// An invocation's rows of a matrix times `around` `[column][four trials]`, of `deep` times four
/// columns. Of `weights`, four columns lie together, `[four columns][row]`, from `from` on.
#[cube]
pub(super) fn multiply(
    weights: &[Four],
    from: usize,
    around: &Shared<[Four]>,
    sums: &mut Array<Four>,
    #[comptime] span: Span,
    #[comptime] deep: usize,
    #[comptime] fours: usize,
) {
    let threads = comptime!(span.threads);
    let each = comptime!(span.each);
    let width = comptime!(span.width());
    #[unroll]
    for k in 0..each * fours {
        sums[k] = Four::new(0.0f32);
    }
    for j in 0..deep {
        let mut now = Sequence::<Four>::new();
        #[unroll]
        for k in 0..4 * fours {
            now.push(around[4 * j * fours + k]);
        }
        #[unroll]
        for e in 0..each {
            let own = weights[from + j * width + UNIT_POS as usize + e * threads];
            #[unroll]
            for b in 0..fours {
                // One expression, because software reads and writes memory at every assignment.
                sums[e * fours + b] = sums[e * fours + b]
                    + Four::new(own.extract(0usize)) * *now.index(b)
                    + Four::new(own.extract(1usize)) * *now.index(fours + b)
                    + Four::new(own.extract(2usize)) * *now.index(2 * fours + b)
                    + Four::new(own.extract(3usize)) * *now.index(3 * fours + b);
            }
        }
    }
}

/// Of four trials from `trial` on, 1 for those that there are, and 0.
#[cube]
pub(super) fn present(trial: usize, trials: usize) -> Four {
    let mut found = Four::new(0.0f32);
    #[unroll]
    for i in 0..4 {
        found.insert(i, select(trial + i < trials, 1.0f32, 0.0f32));
    }
    found
}

/// What `shown` `[step, trial, channel]` has for four trials from `trial` on; or, gathered, the
/// recording of which each trial is a row, and its later steps the rows after that.
#[cube]
#[allow(clippy::too_many_arguments, reason = "a place in a recording has many coordinates")]
pub(super) fn shown_to(
    shown: &[f32],
    rows: &[u32],
    step: usize,
    trial: usize,
    trials: usize,
    channel: usize,
    channels: usize,
    #[comptime] layout: Layout,
) -> Four {
    let mut found = Four::new(0.0f32);
    #[unroll]
    for i in 0..4 {
        // The last trial fills the tile up.
        let trial = (trial + i).min(trials - 1);
        let row = if comptime!(layout.gathers) {
            rows[trial] as usize + step + 1
        } else {
            step * trials + trial
        };
        found.insert(i, shown[row * channels + channel]);
    }
    found
}

/// What a unit passes on that is in this state.
#[cube]
pub(super) fn passed_on(state: Four, shape: f32, #[comptime] layout: Layout) -> Four {
    if comptime!(layout.filters_rates) {
        state
    } else {
        activation::rate(state, shape, layout.curve)
    }
}
