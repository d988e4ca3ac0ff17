//! An apprentice: a network that practises a task, again and again, and remembers its best.
//!
//! Each update shows a new batch, with new noise; all of it follows from the number of the update,
//! so that a saved apprenticeship goes on with the same bits. The best parameters are those of the
//! least loss that [`Apprentice::judge`] was told.
//!
//! ```
//! # use std::{pin::pin, task::{Context, Poll, Waker}};
//! # fn wait<F: Future>(future: F) -> F::Output {
//! #     let mut future = pin!(future);
//! #     loop {
//! #         if let Poll::Ready(it) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
//! #             return it;
//! #         }
//! #     }
//! # }
//! use attractor_lab::learning::apprentice::{Apprentice, Stride};
//! use attractor_lab::learning::beginning::{Beginning, Design};
//! use attractor_lab::learning::practice::{Disturbance, Practice, Prices};
//! use attractor_lab::models::activation::{Activation, Form};
//! use attractor_lab::rng::Rng;
//! use attractor_lab::tasks::{Named, find};
//!
//! // Twelve units learn to tell two coins that differ from two that do not.
//! let design = Design {
//!     units: 12, inputs: 4, outputs: 2, tau: 10.0, form: Form::Rate, activation: Activation::Tanh,
//! };
//! let (network, ties) = Beginning::default().draw(design, &Rng::stream(7, "network"))?;
//! let noise = ["units", "inputs"].map(|of| Rng::stream(7, of));
//! let practice = Practice {
//!     task: Named::of(find("xor")?),
//!     design,
//!     batch: 4,
//!     disturbance: Disturbance { inputs: 0.03, units: 0.03, inside: false, streams: noise },
//!     prices: Prices { orthogonality: 0.0, outputs_too: true, activity: 0.0 },
//!     ties,
//!     trials: Rng::stream(7, "trials"),
//! };
//! let mut apprentice = Apprentice::new(practice, design.flatten(&network))?;
//! let stride = Stride { rate: 0.02, clip: 0.0, decay: 0.0 };
//! let mut error = 1.0;
//! for _ in 0..150 {
//!     error = wait(apprentice.update(stride))?.error;
//! }
//! assert!(error < 0.1, "{error}");
//! # Ok::<(), attractor_lab::Error>(())
//! ```

use super::learner::{self, Found, Learner};
use super::optimiser::Descent;
use super::practice::{Practice, Prices};
use crate::crew::Crew;
use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};

/// A network in training.
pub struct Apprentice {
    practice: Practice,
    learner: Learner<Practice>,
    best: Option<Best>,
}

/// How far an update goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stride {
    /// Adam's learning rate.
    pub rate: f64,
    /// The longest a gradient may be; 0 for any length.
    pub clip: f64,
    /// What is added to the gradient, times the parameters, so that they shrink.
    pub decay: f64,
}

/// What a network costs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Loss {
    /// The mean squared error.
    pub error: f64,
    /// λₒ P.
    pub orthogonality: f64,
    /// λᵣ times the mean square of the activity.
    pub activity: f64,
}

impl Loss {
    /// What error, P and mean square of the activity come to at these prices.
    #[must_use]
    pub fn of(prices: Prices, error: f64, norm: f64, activity: f64) -> Self {
        Self {
            error,
            orthogonality: prices.orthogonality * norm,
            activity: prices.activity * activity,
        }
    }

    /// All of it.
    #[must_use]
    pub fn total(&self) -> f64 {
        self.error + self.orthogonality + self.activity
    }
}

/// The network at its best.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Best {
    /// Updates made.
    pub update: u64,
    /// Its loss.
    pub loss: f64,
    /// Its parameters.
    pub parameters: Vec<f32>,
}

impl Apprentice {
    /// Begins to practise with these parameters.
    ///
    /// # Errors
    /// [`Error::Conflict`] when they do not fit the practice, or it is none.
    pub fn new(practice: Practice, parameters: Vec<f32>) -> Result<Self> {
        let descent = Descent::new(parameters.len());
        Self::with(practice, parameters, descent, None)
    }

    fn with(
        practice: Practice,
        parameters: Vec<f32>,
        descent: Descent,
        best: Option<Best>,
    ) -> Result<Self> {
        practice.check()?;
        if parameters.len() != practice.design.parameters() {
            return Err(Error::Conflict {
                why: format!(
                    "a network of this design has {} parameters, not {}",
                    practice.design.parameters(),
                    parameters.len()
                ),
            });
        }
        Ok(Self { practice, learner: Learner::new(parameters, descent), best })
    }

    /// Lets a crew help; no result depends on it.
    #[must_use]
    pub fn with_crew(mut self, crew: &Crew) -> Self {
        self.learner.help(crew);
        self
    }

    /// Makes one update and returns the loss before it, on the batch it was made from.
    ///
    /// # Errors
    /// [`Error::Diverged`] when the loss is not finite, [`Error::Vanished`] when there is no slope
    /// to follow. After an error the network is what it was.
    pub async fn update(&mut self, stride: Stride) -> Result<Loss> {
        let Stride { rate, clip, decay } = stride;
        let (practice, number) = (&self.practice, self.learner.taken());
        let stride = learner::Stride { rate, clip, decay };
        let Found { error, activity, price } =
            self.learner.update(|| practice.clone(), number, stride).await?;
        Ok(Loss::of(practice.prices, error, price, activity))
    }

    /// Keeps the network as its best so far if `loss`, found without noise on trials that do not
    /// change, is the least.
    pub fn judge(&mut self, loss: f64) {
        if self.best.as_ref().is_none_or(|best| loss < best.loss) {
            let (update, parameters) = (self.done(), self.parameters().to_vec());
            self.best = Some(Best { update, loss, parameters });
        }
    }

    /// The network at its best, if it was judged.
    #[must_use]
    pub fn best(&self) -> Option<&Best> {
        self.best.as_ref()
    }

    /// Updates made.
    #[must_use]
    pub fn done(&self) -> u64 {
        self.learner.taken()
    }

    /// Number of threads that computed the last update.
    #[must_use]
    pub fn threads(&self) -> usize {
        self.learner.threads()
    }

    /// What is practised.
    #[must_use]
    pub fn practice(&self) -> &Practice {
        &self.practice
    }

    /// The parameters as they are now, see [`Design`](super::beginning::Design).
    #[must_use]
    pub fn parameters(&self) -> &[f32] {
        self.learner.parameters()
    }

    /// All that is needed to go on later with the same practice.
    #[must_use]
    pub fn save(&self) -> State {
        let Descent { mean, square, taken } = self.learner.descent().clone();
        let parameters = self.parameters().to_vec();
        State { parameters, mean, square, done: taken, best: self.best.clone() }
    }

    /// Goes on where `state` was saved.
    ///
    /// # Errors
    /// [`Error::BadFile`] when the state is none of this practice's.
    pub fn load(practice: Practice, state: State) -> Result<Self> {
        let State { parameters, mean, square, done, best } = state;
        let size = practice.design.parameters();
        let best_parameters = best.as_ref().map(|best| &best.parameters);
        let whole = [Some(&parameters), Some(&mean), Some(&square), best_parameters]
            .into_iter()
            .flatten()
            .all(|values| values.len() == size && values.iter().all(|value| value.is_finite()));
        let best_fits = best.as_ref().is_none_or(|best| best.update <= done && !best.loss.is_nan());
        if !whole || !best_fits || square.iter().any(|&value| value < 0.0) {
            return Err(Error::BadFile {
                what: "the saved training".into(),
                why: format!("it is not that of a network with {size} parameters"),
            });
        }
        Self::with(practice, parameters, Descent { mean, square, taken: done }, best)
    }
}

/// An apprenticeship at rest: as a checkpoint holds it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct State {
    parameters: Vec<f32>,
    /// Adam's memories, `[parameter]`.
    mean: Vec<f32>,
    square: Vec<f32>,
    /// Updates made.
    done: u64,
    best: Option<Best>,
}

impl State {
    /// Updates made.
    #[must_use]
    pub fn done(&self) -> u64 {
        self.done
    }
}
