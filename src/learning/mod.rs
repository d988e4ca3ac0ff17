//! Learning, from recordings and from tasks: the only folder with tensors, single precision and a graphics
//! processor.
//!
//! Burn stays inside. What goes in and comes out are plain things: [`Weights`](weights::Weights),
//! a [`Recording`](recording::Recording), numbers and sentences.
//!
//! | file | what it holds |
//! |---|---|
//! | [`device`] | which processor runs, and why |
//! | [`weights`] | a student as plain numbers: its shape, its beginning, its file |
//! | [`recording`] | what the student is shown, and the windows cut from it |
//! | [`scan`] | a network through time and back, as one operation |
//! | [`student`] | the equations, their error and its gradient, one step at a time |
//! | [`optimiser`] | clipping, Adam, and how the learning rate changes |
//! | [`train`] | the loop: draw a window, learn from it, watch, save, go on |
//! | [`imitation`] | the student's lesson on the fast kernels |
//! | `lesson` | a lesson cut into shards that any thread can compute |
//! | `learner` | parameters on their way down a lesson's gradient |
//! | [`beginning`] | how a network for tasks begins, and what of it is held |
//! | [`practice`] | the lesson of such a network: trials of a task, what they cost, the gradient |
//! | [`apprentice`] | the loop around it: practise, keep the best, save, go on |
//! | [`exercise`] | the training update that is timed against other programs |
//! | `gpu` | the same lesson where the graphics processor keeps everything |
//! | [`tensors`] | networks as files of named arrays |
//! | [`golden`] | numbers from an independent implementation, checked on any device |
//!
//! [`student`] is the readable form: one tensor operation for each symbol of the equations, and the
//! gradient by Burn's own automatic differentiation. What is fast is tested against it.

pub mod apprentice;
pub mod beginning;
pub mod device;
pub mod exercise;
pub mod golden;
#[cfg(feature = "gpu")]
mod gpu;
pub mod imitation;
mod learner;
mod lesson;
pub mod optimiser;
pub mod practice;
pub mod recording;
pub mod scan;
pub mod student;
pub mod tensors;
pub mod train;
pub mod weights;

use crate::crew::Trade;

/// What a hand of the [crew](crate::crew) can do for learning.
#[must_use]
pub fn trades() -> Vec<Trade> {
    vec![
        Trade::of::<lesson::Shards<imitation::Imitation>>(),
        Trade::of::<lesson::Shards<exercise::Size>>(),
        Trade::of::<lesson::Shards<practice::Practice>>(),
    ]
}
