//! The adjoint back through time, a tile of trials in each workgroup, as in
//! [`forward`](super::forward).
//!
//! Block *h* of the history holds \[δₕ₊₁ ; eₕ\]. An invocation owns columns of *A*: one product of
//! the block with them is all that a step passes on.

use super::{Layout, activation, noise};
use cubecl::prelude::*;
use cubecl::{self, cube};

/// Goes back through the blocks before `end`, down to `first`, of `blocks`.
///
/// `weights` holds *A*, `[row][back]`, from `offset` on, and the leak as one more row. `given` is
/// ∂L/∂output, `[step, trial, output]`, or what the outputs are compared with. `pulls` are the
/// states, or in the other form what changed them: ∂x/∂α. `carry` is
/// λ `[trial, unit]`, Wᵀδ `[trial, unit]`, ∂L/∂α `[tile, unit]` and Σ(output − target)² `[tile]`.
#[cube(launch)]
#[allow(clippy::too_many_arguments, reason = "a kernel gets its buffers one by one")]
pub(super) fn adjoint(
    weights: &[f32],
    active: &[f32],
    pulls: &[f32],
    given: &[f32],
    rows: &[u32],
    deltas: &mut [f32],
    carry: &mut [f32],
    first: usize,
    end: usize,
    blocks: usize,
    steps: usize,
    trials: usize,
    offset: usize,
    shape: f32,
    scale: f32,
    noise_size: f32,
    key_low: u32,
    key_high: u32,
    run: u32,
    noise_first: usize,
    #[comptime] layout: Layout,
) {
    let units = comptime!(layout.units);
    let outputs = comptime!(layout.outputs);
    let height = comptime!(layout.rows);
    let tile = comptime!(layout.tile);
    let threads = comptime!(layout.back.threads);
    let each = comptime!(layout.back.each);
    let width = comptime!(layout.back.width());
    let me = UNIT_POS as usize;
    let tile_first = CUBE_POS as usize * tile;
    let padded = CUBE_COUNT as usize * tile;
    let section = padded * units;

    let mut around = Shared::<[f32]>::new_slice(comptime!(layout.rows * layout.tile));
    let mut lambda = Array::<f32>::new(comptime!(layout.back.each * layout.tile));
    let mut sums = Array::<f32>::new(comptime!(layout.back.each * layout.tile));
    let mut by_leak = Array::<f32>::new(each);
    let mut now = Array::<f32>::new(tile);
    let mut squares = 0.0f32;

    #[unroll]
    for e in 0..each {
        let unit = me + e * threads;
        by_leak[e] = 0.0f32;
        #[unroll]
        for b in 0..tile {
            lambda[e * tile + b] = 0.0f32;
            sums[e * tile + b] = 0.0f32;
            if unit < units && end < blocks {
                let place = (tile_first + b) * units + unit;
                lambda[e * tile + b] = carry[place];
                sums[e * tile + b] = carry[section + place];
            }
        }
    }

    for back in 0..end - first {
        let block = end - 1 - back;

        #[unroll]
        for e in 0..each {
            let unit = me + e * threads;
            if unit < units {
                let leak = weights[offset + height * width + unit];
                #[unroll]
                for b in 0..tile {
                    let trial = tile_first + b;
                    let mut delta = 0.0f32;
                    if block < steps {
                        let place = (block * padded + trial) * units + unit;
                        // Rates begin with those of the first step, or with those of the start.
                        let rate = if comptime!(layout.filters_rates) {
                            active[place]
                        } else {
                            active[place + section]
                        };
                        let mut upstream = 0.0f32;
                        if comptime!(!layout.linear) {
                            if unit < outputs && trial < trials {
                                if comptime!(layout.compares) {
                                    let row = if comptime!(layout.gathers) {
                                        rows[trial] as usize + block + 1
                                    } else {
                                        block * trials + trial
                                    };
                                    let off = rate - given[row * outputs + unit];
                                    squares += off * off;
                                    upstream = scale * off;
                                } else {
                                    upstream = given[(block * trials + trial) * outputs + unit];
                                }
                            }
                        }
                        let slope = activation::slope(rate, shape, layout.curve);
                        let mut l = lambda[e * tile + b];
                        if comptime!(layout.filters_rates) {
                            delta = slope * (leak * l + upstream);
                        } else {
                            l = slope * (sums[e * tile + b] + upstream) + (1.0f32 - leak) * l;
                            delta = leak * l;
                            lambda[e * tile + b] = l;
                        }
                        if comptime!(layout.pulls) {
                            let mut pull = pulls[place];
                            if comptime!(layout.filters_rates) {
                                // These are the states; what pulls is where they are drawn to.
                                pull = rate - pull;
                                if comptime!(layout.noise_outside) {
                                    pull += noise_size
                                        * noise::normal(
                                            unit,
                                            block + 1,
                                            trial + noise_first,
                                            run,
                                            key_low,
                                            key_high,
                                        );
                                }
                            }
                            by_leak[e] += l * pull;
                        }
                    }
                    deltas[(block * padded + trial) * height + unit] = delta;
                    around[unit * tile + b] = delta;
                }
            }
        }
        if comptime!(layout.linear) {
            for place in range_stepped(me, outputs * tile, threads) {
                let b = place % tile;
                let output = place / tile;
                let trial = tile_first + b;
                let at = (block * padded + trial) * height + units + output;
                let mut error = 0.0f32;
                if trial < trials {
                    if comptime!(layout.compares) {
                        if block > 0 {
                            let row = if comptime!(layout.gathers) {
                                rows[trial] as usize + block
                            } else {
                                (block - 1) * trials + trial
                            };
                            let off = deltas[at] - given[row * outputs + output];
                            squares += off * off;
                            error = scale * off;
                        }
                    } else {
                        error = given[(block * trials + trial) * outputs + output];
                    }
                }
                deltas[at] = error;
                around[(units + output) * tile + b] = error;
            }
        }
        sync_cube();

        #[unroll]
        for k in 0..each * tile {
            sums[k] = 0.0f32;
        }
        for i in 0..height {
            #[unroll]
            for b in 0..tile {
                now[b] = around[i * tile + b];
            }
            #[unroll]
            for e in 0..each {
                let weight = weights[offset + i * width + me + e * threads];
                #[unroll]
                for b in 0..tile {
                    sums[e * tile + b] += weight * now[b];
                }
            }
        }
        if comptime!(layout.filters_rates) {
            #[unroll]
            for e in 0..each {
                let leak = weights[offset + height * width + me + e * threads];
                #[unroll]
                for b in 0..tile {
                    lambda[e * tile + b] =
                        (1.0f32 - leak) * lambda[e * tile + b] + sums[e * tile + b];
                }
            }
        }
        sync_cube();
    }

    #[unroll]
    for e in 0..each {
        let unit = me + e * threads;
        if unit < units {
            let leak = weights[offset + height * width + unit];
            #[unroll]
            for b in 0..tile {
                let place = (tile_first + b) * units + unit;
                let mut l = lambda[e * tile + b];
                if comptime!(!layout.filters_rates) {
                    if first == 0 {
                        let slope = activation::slope(active[place], shape, layout.curve);
                        l = slope * sums[e * tile + b] + (1.0f32 - leak) * l;
                    }
                    carry[section + place] = sums[e * tile + b];
                }
                carry[place] = l;
            }
            if comptime!(layout.pulls) {
                let place = 2 * section + CUBE_POS as usize * units + unit;
                if end < blocks {
                    by_leak[e] += carry[place];
                }
                carry[place] = by_leak[e];
            }
        }
    }
    if comptime!(layout.compares) {
        let mut all = Shared::<[f32]>::new_slice(threads);
        all[me] = squares;
        sync_cube();
        if me == 0 {
            let place = 2 * section + CUBE_COUNT as usize * units + CUBE_POS as usize;
            let mut sum = 0.0f32;
            if end < blocks {
                sum += carry[place];
            }
            for k in 0..threads {
                sum += all[k];
            }
            carry[place] = sum;
        }
    }
}
