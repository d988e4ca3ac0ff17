//! A trial while it is written, and trials as arrays.

use super::{Task, counted, present};
use crate::rng::Rng;
use ndarray::Array3;
use std::ops::Range;

/// A trial while it is written; it begins empty, all zero.
pub struct Trial<'a> {
    /// What is shown.
    pub inputs: Sheet<'a>,
    /// What is wanted.
    pub targets: Sheet<'a>,
}

/// Time courses of the channels of one trial, wherever they lie among others.
pub struct Sheet<'a> {
    values: &'a mut [f32],
    /// From one step, and one channel, to the next.
    strides: (usize, usize),
}

impl<'a> Sheet<'a> {
    /// One trial's part of `values`, which begin at its first step and channel; `strides` lie
    /// between one step, and one channel, and the next.
    #[must_use]
    pub fn new(values: &'a mut [f32], strides: (usize, usize)) -> Self {
        Self { values, strides }
    }

    /// Sets a channel over a range of steps.
    ///
    /// # Panics
    /// When the trial has no such step or channel.
    pub fn fill(&mut self, channel: usize, steps: Range<usize>, value: f32) {
        for step in steps {
            self.set(channel, step, value);
        }
    }

    /// Sets a channel at one step.
    ///
    /// # Panics
    /// When the trial has no such step or channel.
    pub fn set(&mut self, channel: usize, step: usize, value: f32) {
        let (by_step, by_channel) = self.strides;
        self.values[step * by_step + channel * by_channel] = value;
    }
}

/// Several trials of a task.
#[derive(Clone, Debug, PartialEq)]
pub struct Trials {
    /// `[step, trial, input]`.
    pub inputs: Array3<f32>,
    /// `[step, trial, output]`.
    pub targets: Array3<f32>,
    /// Which steps enter the loss and the scores, `[step]`.
    pub counted: Vec<bool>,
    /// Of which kind each trial is, `[trial]`.
    pub conditions: Vec<usize>,
}

impl Trials {
    /// The trials number `first` and following of a stream, see [`present`].
    #[must_use]
    pub fn draw(task: &dyn Task, rng: &Rng, first: u64, count: usize) -> Self {
        Self::made(task, count, |place, trial| present(task, first + place as u64, rng, trial))
    }

    /// Trials that `make` writes, from its number on the page, and tells the condition of.
    #[must_use]
    pub fn made(
        task: &dyn Task,
        count: usize,
        mut make: impl FnMut(usize, &mut Trial) -> usize,
    ) -> Self {
        let (steps, inputs, outputs) = (task.steps(), task.inputs().len(), task.outputs().len());
        let mut shown = vec![0.0; steps * count * inputs];
        let mut wanted = vec![0.0; steps * count * outputs];
        let conditions = (0..count)
            .map(|place| {
                let mut trial = Trial {
                    inputs: Sheet::new(&mut shown[place * inputs..], (count * inputs, 1)),
                    targets: Sheet::new(&mut wanted[place * outputs..], (count * outputs, 1)),
                };
                make(place, &mut trial)
            })
            .collect();
        let array = |channels: usize, values: Vec<f32>| {
            Array3::from_shape_vec((steps, count, channels), values)
                .unwrap_or_else(|_| unreachable!("they were made of this size"))
        };
        Self {
            inputs: array(inputs, shown),
            targets: array(outputs, wanted),
            counted: counted(task),
            conditions,
        }
    }
}
