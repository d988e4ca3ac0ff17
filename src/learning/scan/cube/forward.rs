//! The network through time, a tile of trials in each workgroup.
//!
//! \[q ; u ; 1\] of the tile lies in workgroup memory, the state in registers. In each step an
//! invocation multiplies its rows of *A* with all trials of the tile, everyone waits, and the
//! owner of a unit puts the unit's next activity where the last one was.

use super::{Layout, activation, noise};
use cubecl::prelude::*;
use cubecl::{self, cube};

/// Takes the steps from `first` on, before `end`; a linear readout has one more, in which nothing
/// moves. `weights` is *Aᵀ*, `[column][across]`, and the leak as one more column.
#[cube(launch)]
#[allow(clippy::too_many_arguments, reason = "a kernel gets its buffers one by one")]
pub(super) fn forward(
    weights: &[f32],
    inputs: &[f32],
    rows: &[u32],
    state: &mut [f32],
    passed: &mut [f32],
    rates: &mut [f32],
    outputs: &mut [f32],
    first: usize,
    end: usize,
    steps: usize,
    trials: usize,
    shape: f32,
    noise_size: f32,
    key_low: u32,
    key_high: u32,
    run: u32,
    noise_first: usize,
    #[comptime] layout: Layout,
) {
    let units = comptime!(layout.units);
    let channels = comptime!(layout.inputs);
    let columns = comptime!(layout.columns);
    let out_channels = comptime!(layout.outputs);
    let tile = comptime!(layout.tile);
    let threads = comptime!(layout.across.threads);
    let each = comptime!(layout.across.each);
    let width = comptime!(layout.across.width());
    let me = UNIT_POS as usize;
    let tile_first = CUBE_POS as usize * tile;
    let padded = CUBE_COUNT as usize * tile;

    let mut around = Shared::<[f32]>::new_slice(comptime!(layout.columns * layout.tile));
    let mut x = Array::<f32>::new(comptime!(layout.across.each * layout.tile));
    let mut sums = Array::<f32>::new(comptime!(layout.across.each * layout.tile));
    let mut now = Array::<f32>::new(tile);

    #[unroll]
    for e in 0..each {
        let unit = me + e * threads;
        if unit < units {
            #[unroll]
            for b in 0..tile {
                let value = state[(tile_first + b) * units + unit];
                let active = if comptime!(layout.filters_rates) {
                    value
                } else {
                    activation::rate(value, shape, layout.curve)
                };
                x[e * tile + b] = value;
                around[unit * tile + b] = active;
                if first == 0 {
                    passed[(tile_first + b) * units + unit] = active;
                }
            }
        }
    }
    for b in range_stepped(me, tile, threads) {
        around[(columns - 1) * tile + b] = 1.0f32;
    }

    for t in first..end {
        // The inputs of this step.
        for place in range_stepped(me, channels * tile, threads) {
            let b = place % tile;
            let trial = (tile_first + b).min(trials - 1);
            // After the last step nothing drives any more.
            let mut value = 0.0f32;
            if t < steps {
                let row = if comptime!(layout.gathers) {
                    rows[trial] as usize + t + 1
                } else {
                    t * trials + trial
                };
                value = inputs[row * channels + place / tile];
            }
            around[units * tile + place] = value;
        }
        sync_cube();

        #[unroll]
        for k in 0..each * tile {
            sums[k] = 0.0f32;
        }
        for j in 0..columns {
            #[unroll]
            for b in 0..tile {
                now[b] = around[j * tile + b];
            }
            #[unroll]
            for e in 0..each {
                let weight = weights[j * width + me + e * threads];
                #[unroll]
                for b in 0..tile {
                    sums[e * tile + b] += weight * now[b];
                }
            }
        }
        sync_cube();

        #[unroll]
        for e in 0..each {
            let unit = me + e * threads;
            if unit < units {
                if t < steps {
                    let leak = weights[columns * width + unit];
                    #[unroll]
                    for b in 0..tile {
                        let trial = tile_first + b;
                        let mut drive = sums[e * tile + b];
                        let mut kick = 0.0f32;
                        if comptime!(layout.noise_inside || layout.noise_outside) {
                            let number = noise_size
                                * noise::normal(
                                    unit,
                                    t + 1,
                                    trial + noise_first,
                                    run,
                                    key_low,
                                    key_high,
                                );
                            if comptime!(layout.noise_inside) {
                                drive += number;
                            } else {
                                kick = number;
                            }
                        }
                        let before = x[e * tile + b];
                        let place = (t * padded + trial) * units + unit;
                        let after = place + padded * units;
                        let active = if comptime!(layout.filters_rates) {
                            let active = activation::rate(drive, shape, layout.curve);
                            let next = (1.0f32 - leak) * before + leak * (active + kick);
                            rates[place] = active;
                            passed[after] = next;
                            around[unit * tile + b] = next;
                            x[e * tile + b] = next;
                            active
                        } else {
                            let next = (1.0f32 - leak) * before + leak * drive + kick;
                            let active = activation::rate(next, shape, layout.curve);
                            if comptime!(layout.pulls) {
                                rates[place] = drive - before;
                            }
                            passed[after] = active;
                            around[unit * tile + b] = active;
                            x[e * tile + b] = next;
                            active
                        };
                        if comptime!(!layout.linear && !layout.compares) {
                            if unit < out_channels && trial < trials {
                                outputs[(t * trials + trial) * out_channels + unit] = active;
                            }
                        }
                    }
                }
            } else if comptime!(layout.linear) {
                if unit < units + out_channels {
                    #[unroll]
                    for b in 0..tile {
                        let trial = tile_first + b;
                        let value = sums[e * tile + b];
                        if comptime!(layout.compares) {
                            // Where the adjoint will put the error.
                            outputs[(t * padded + trial) * (units + out_channels) + unit] = value;
                        } else if trial < trials {
                            outputs[(t * trials + trial) * out_channels + unit - units] = value;
                        }
                    }
                }
            }
        }
    }

    #[unroll]
    for e in 0..each {
        let unit = me + e * threads;
        if unit < units {
            #[unroll]
            for b in 0..tile {
                state[(tile_first + b) * units + unit] = x[e * tile + b];
            }
        }
    }
}
