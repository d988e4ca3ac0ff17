//! The network through time, a tile of trials in each workgroup.
//!
//! \[q ; u ; 1\] of the tile lies in workgroup memory, the state in registers. In each step an
//! invocation multiplies its rows of *A* with all trials of the tile, everyone waits, and the
//! owner of a unit puts the unit's next activity where the last one was.

use super::product::{Course, multiply, passed_on, shown_to};
use super::{Field, Four, Layout, activation, noise};
use cubecl::prelude::*;
use cubecl::{self, cube};

/// Takes the steps of `course`; a linear readout has one more, in which nothing moves.
///
/// `weights` is *Aᵀ*, then the leak, four times each, see [`prepare`](super::step::prepare). The
/// histories `passed` of \[q ; u ; 1\] and `rates`, or what changed the states, are
/// `[row][step, trial]`. `outputs` is `[step, trial, output]`, or what the adjoint begins with.
#[cube(launch)]
#[allow(clippy::too_many_arguments, reason = "a kernel gets its buffers one by one")]
pub(super) fn forward(
    weights: &[Four],
    inputs: &[f32],
    rows: &[u32],
    state: &mut [Four],
    passed: &mut [Four],
    rates: &mut [Four],
    outputs: &mut [f32],
    course: Course,
    shape: f32,
    field: Field,
    #[comptime] layout: Layout,
) {
    let units = comptime!(layout.units);
    let channels = comptime!(layout.inputs);
    let out_channels = comptime!(layout.outputs);
    let fours = comptime!(layout.fours);
    let threads = comptime!(layout.across.threads);
    let each = comptime!(layout.across.each);
    let deep = comptime!(layout.columns.div_ceil(4));
    let unrolled = comptime!(layout.unrolled);
    let me = UNIT_POS as usize;
    let first_four = CUBE_POS * fours;
    let padded = CUBE_COUNT * fours;
    let stretch = (course.steps + 1) * padded;

    let mut around = Shared::<[Four]>::new_slice(4 * deep * fours);
    let mut x = Array::<Four>::new(each * fours);
    let mut sums = Array::<Four>::new(each * fours);
    let mut leaks = Array::<Four>::new(each);

    for place in range_stepped(
        comptime!(layout.columns * layout.fours) + me,
        comptime!(layout.columns.div_ceil(4) * 4 * layout.fours),
        threads,
    ) {
        around[place] = Four::new(0.0f32);
    }
    #[unroll(unrolled)]
    for e in 0..each {
        let unit = me + e * threads;
        if unit < units {
            leaks[e] = weights[comptime!(layout.leak()) + unit];
            #[unroll(unrolled)]
            for b in 0..fours {
                let value = state[unit * padded + first_four + b];
                let active = passed_on(value, shape, layout);
                x[e * fours + b] = value;
                around[unit * fours + b] = active;
                if course.first == 0 {
                    passed[unit * stretch + first_four + b] = active;
                }
            }
        }
    }

    for t in course.first..course.end {
        // The inputs of this step, and the constant 1.
        for place in range_stepped(me, comptime!((layout.inputs + 1) * layout.fours), threads) {
            let channel = place / fours;
            let four = first_four + place % fours;
            let mut value = Four::new(1.0f32);
            if channel < channels {
                // After the last step nothing drives any more.
                value = Four::new(0.0f32);
                if t < course.steps {
                    let trials = course.trials;
                    value = shown_to(inputs, rows, t, 4 * four, trials, channel, channels, layout);
                }
            }
            around[units * fours + place] = value;
            passed[(units + channel) * stretch + t * padded + four] = value;
        }
        sync_cube();
        multiply(weights, 0usize, &around, &mut sums, layout.across, deep, fours);
        sync_cube();

        #[unroll(unrolled)]
        for e in 0..each {
            let unit = me + e * threads;
            if unit < units {
                if t < course.steps {
                    let leak = leaks[e];
                    let keep = Four::new(1.0f32) - leak;
                    #[unroll(unrolled)]
                    for b in 0..fours {
                        let four = first_four + b;
                        let here = unit * stretch + t * padded + four;
                        let before = x[e * fours + b];
                        let mut drive = sums[e * fours + b];
                        let mut kick = Four::new(0.0f32);
                        if comptime!(layout.noise_inside) {
                            drive += noise::normal(unit, t + 1, 4 * four, &field);
                        }
                        if comptime!(layout.noise_outside) {
                            kick = noise::normal(unit, t + 1, 4 * four, &field);
                        }
                        let mut next = keep * before;
                        let mut rate = Four::new(0.0f32);
                        if comptime!(layout.filters_rates) {
                            rate = activation::rate(drive, shape, layout.curve);
                            next += leak * (rate + kick);
                            rates[here] = rate;
                        } else {
                            next += leak * drive + kick;
                            if comptime!(layout.pulls) {
                                rates[here] = drive - before;
                            }
                        }
                        let active = passed_on(next, shape, layout);
                        if comptime!(!layout.filters_rates) {
                            rate = active;
                        }
                        x[e * fours + b] = next;
                        around[unit * fours + b] = active;
                        passed[here + padded] = active;
                        if comptime!(!layout.linear && !layout.compares) {
                            if unit < out_channels {
                                #[unroll]
                                for i in 0..4 {
                                    let trial = 4 * four + i;
                                    if trial < course.trials {
                                        let row = t * course.trials + trial;
                                        outputs[row * out_channels + unit] = rate.extract(i);
                                    }
                                }
                            }
                        }
                    }
                }
            } else if comptime!(layout.linear) {
                if unit < units + out_channels {
                    #[unroll(unrolled)]
                    for b in 0..fours {
                        let four = first_four + b;
                        #[unroll]
                        for i in 0..4 {
                            let value = sums[e * fours + b].extract(i);
                            let trial = 4 * four + i;
                            if comptime!(layout.compares) {
                                // Where the adjoint will put the error.
                                let place = unit * stretch + t * padded + four;
                                outputs[4 * place + i] = value;
                            } else if trial < course.trials {
                                let row = t * course.trials + trial;
                                outputs[row * out_channels + unit - units] = value;
                            }
                        }
                    }
                }
            }
        }
    }

    #[unroll(unrolled)]
    for e in 0..each {
        let unit = me + e * threads;
        if unit < units {
            #[unroll(unrolled)]
            for b in 0..fours {
                state[unit * padded + first_four + b] = x[e * fours + b];
            }
        }
    }
}
