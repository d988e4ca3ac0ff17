//! The adjoint back through time, a tile of trials in each workgroup, as in
//! [`forward`](super::forward).
//!
//! Block *h* of the history holds \[δₕ₊₁ ; eₕ\]. An invocation owns columns of *A*: one product of
//! the block with them is all that a step passes on.

use super::product::{Course, multiply, present, shown_to};
use super::{Field, Four, Layout, activation, noise};
use cubecl::prelude::*;
use cubecl::{self, cube};

/// Goes back through the blocks of `course`.
///
/// `weights` holds *A* behind *Aᵀ* and the leak. `given` is ∂L/∂output, `[step, trial, output]`, or
/// what the outputs are compared with. `active` are the rates; `pulls` are the states, or in the
/// other form what changed them: ∂x/∂α. The loss has `price` · ½ Σ q² more. `carry` is
/// λ `[unit, trial]`, Wᵀδ `[unit, trial]`, ∂L/∂α `[tile, unit]` and Σ(output − target)² `[tile]`,
/// the last two four times: in four parts, and all the same.
#[cube(launch)]
#[allow(clippy::too_many_arguments, reason = "a kernel gets its buffers one by one")]
pub(super) fn adjoint(
    weights: &[Four],
    active: &[Four],
    pulls: &[Four],
    given: &[f32],
    rows: &[u32],
    deltas: &mut [Four],
    carry: &mut [Four],
    course: Course,
    shape: f32,
    scale: f32,
    price: f32,
    field: Field,
    #[comptime] layout: Layout,
) {
    let units = comptime!(layout.units);
    let outputs = comptime!(layout.outputs);
    let fours = comptime!(layout.fours);
    let threads = comptime!(layout.back.threads);
    let each = comptime!(layout.back.each);
    let deep = comptime!(layout.rows.div_ceil(4));
    let unrolled = comptime!(layout.unrolled);
    let me = UNIT_POS as usize;
    let first_four = CUBE_POS * fours;
    let padded = CUBE_COUNT * fours;
    let stretch = (course.steps + 1) * padded;
    let section = padded * units;
    let trials = course.trials;
    let zero = Four::new(0.0f32);
    let one = Four::new(1.0f32);

    let mut around = Shared::<[Four]>::new_slice(4 * deep * fours);
    let mut lambda = Array::<Four>::new(each * fours);
    let mut sums = Array::<Four>::new(each * fours);
    let mut by_leak = Array::<Four>::new(each);
    let mut leaks = Array::<Four>::new(each);
    let mut squares = Four::new(0.0f32);

    for place in range_stepped(
        comptime!(layout.rows * layout.fours) + me,
        comptime!(layout.rows.div_ceil(4) * 4 * layout.fours),
        threads,
    ) {
        around[place] = zero;
    }
    #[unroll(unrolled)]
    for e in 0..each {
        let unit = me + e * threads;
        leaks[e] = zero;
        by_leak[e] = zero;
        if unit < units {
            leaks[e] = weights[comptime!(layout.leak()) + unit];
        }
        #[unroll(unrolled)]
        for b in 0..fours {
            lambda[e * fours + b] = zero;
            sums[e * fours + b] = zero;
            if unit < units && course.end < course.blocks {
                let place = unit * padded + first_four + b;
                lambda[e * fours + b] = carry[place];
                sums[e * fours + b] = carry[section + place];
            }
        }
    }

    for back in 0..course.end - course.first {
        let block = course.end - 1 - back;

        #[unroll(unrolled)]
        for e in 0..each {
            let unit = me + e * threads;
            if unit < units {
                let leak = leaks[e];
                #[unroll(unrolled)]
                for b in 0..fours {
                    let four = first_four + b;
                    let here = unit * stretch + block * padded + four;
                    let mut delta = Four::new(0.0f32);
                    if block < course.steps {
                        // Rates begin with those of the first step, or with those of the start.
                        let rate = if comptime!(layout.filters_rates) {
                            active[here]
                        } else {
                            active[here + padded]
                        };
                        let mut upstream = Four::new(0.0f32);
                        if comptime!(!layout.linear) {
                            if unit < outputs {
                                upstream = shown_to(
                                    given,
                                    rows,
                                    block,
                                    4 * four,
                                    trials,
                                    unit,
                                    outputs,
                                    layout,
                                );
                                if comptime!(layout.compares) {
                                    upstream = rate - upstream;
                                }
                                upstream *= present(4 * four, trials);
                                if comptime!(layout.compares) {
                                    squares += upstream * upstream;
                                    upstream *= Four::new(scale);
                                }
                            }
                        }
                        let mut cost = Four::new(0.0f32);
                        if comptime!(layout.priced) {
                            cost = Four::new(price) * present(4 * four, trials);
                        }
                        let slope = activation::slope(rate, shape, layout.curve);
                        let mut l = lambda[e * fours + b];
                        if comptime!(layout.filters_rates) {
                            if comptime!(layout.priced) {
                                l += cost * pulls[here + padded];
                                lambda[e * fours + b] = l;
                            }
                            delta = slope * (leak * l + upstream);
                        } else {
                            let mut back = sums[e * fours + b] + upstream;
                            if comptime!(layout.priced) {
                                back += cost * rate;
                            }
                            l = slope * back + (one - leak) * l;
                            delta = leak * l;
                            lambda[e * fours + b] = l;
                        }
                        if comptime!(layout.pulls) {
                            let mut pull = pulls[here];
                            if comptime!(layout.filters_rates) {
                                // These are the states; what pulls is where they are drawn to.
                                pull = rate - pull;
                                if comptime!(layout.noise_outside) {
                                    pull += noise::normal(unit, block + 1, 4 * four, &field);
                                }
                            }
                            by_leak[e] += l * pull;
                        }
                    }
                    deltas[here] = delta;
                    around[unit * fours + b] = delta;
                }
            }
        }
        if comptime!(layout.linear) {
            for place in range_stepped(me, comptime!(layout.outputs * layout.fours), threads) {
                let output = place / fours;
                let four = first_four + place % fours;
                let here = (units + output) * stretch + block * padded + four;
                let mut error = Four::new(0.0f32);
                if comptime!(layout.compares) {
                    if block > 0 {
                        let target = shown_to(
                            given,
                            rows,
                            block - 1,
                            4 * four,
                            trials,
                            output,
                            outputs,
                            layout,
                        );
                        let off = (deltas[here] - target) * present(4 * four, trials);
                        squares += off * off;
                        error = Four::new(scale) * off;
                    }
                } else {
                    error = present(4 * four, trials)
                        * shown_to(given, rows, block, 4 * four, trials, output, outputs, layout);
                }
                deltas[here] = error;
                around[units * fours + place] = error;
            }
        }
        sync_cube();
        multiply(
            weights,
            comptime!(layout.back_from()),
            &around,
            &mut sums,
            layout.back,
            deep,
            fours,
        );
        if comptime!(layout.filters_rates) {
            #[unroll(unrolled)]
            for e in 0..each {
                #[unroll(unrolled)]
                for b in 0..fours {
                    let place = comptime!(layout.fours) * e + b;
                    lambda[place] = (one - leaks[e]) * lambda[place] + sums[place];
                }
            }
        }
        sync_cube();
    }

    #[unroll(unrolled)]
    for e in 0..each {
        let unit = me + e * threads;
        if unit < units {
            #[unroll(unrolled)]
            for b in 0..fours {
                let four = first_four + b;
                let start = unit * stretch + four;
                let place = unit * padded + four;
                let mut l = lambda[e * fours + b];
                let mut cost = Four::new(0.0f32);
                if comptime!(layout.priced) {
                    cost = Four::new(price) * present(4 * four, trials);
                }
                if comptime!(layout.filters_rates) {
                    if comptime!(layout.priced) {
                        if course.first == 0 {
                            l += cost * pulls[start];
                        }
                    }
                } else {
                    if course.first == 0 {
                        let mut back = sums[e * fours + b];
                        if comptime!(layout.priced) {
                            back += cost * active[start];
                        }
                        let slope = activation::slope(active[start], shape, layout.curve);
                        l = slope * back + (one - leaks[e]) * l;
                    }
                    carry[section + place] = sums[e * fours + b];
                }
                carry[place] = l;
            }
            if comptime!(layout.pulls) {
                let place = 2 * section + CUBE_POS * units + unit;
                if course.end < course.blocks {
                    by_leak[e] += carry[place];
                }
                carry[place] = by_leak[e];
            }
        }
    }
    if comptime!(layout.compares) {
        let mut all = Shared::<[f32]>::new_slice(threads);
        all[me] = squares.dot(one);
        sync_cube();
        if me == 0 {
            let place = 2 * section + CUBE_COUNT * units + CUBE_POS;
            let mut sum = 0.0f32;
            if course.end < course.blocks {
                sum += carry[place].extract(0usize);
            }
            for k in 0..threads {
                sum += all[k];
            }
            carry[place] = Four::new(sum);
        }
    }
}
