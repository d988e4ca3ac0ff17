//! The hand's end: what it can do, what lies open before it, and what it answers.

use crate::error::{Error, Result};
use std::{collections::BTreeMap, fmt};

/// Something that a hand does, with a state of its own. It must come to the same bits on every
/// hand, however often it is asked.
pub trait Job: Sized + 'static {
    /// Its name: lower-case, hyphens.
    const TRADE: &'static str;

    /// The job as `setup` describes it.
    ///
    /// # Errors
    /// Whatever is wrong with `setup`.
    fn open(setup: &[u8]) -> Result<Self>;

    /// Does what `message` asks. Keep it short, a fraction of a second: a hand cannot be
    /// interrupted, only let go.
    ///
    /// # Errors
    /// Whatever is wrong with `message`, or went wrong.
    fn answer(&mut self, message: &[u8]) -> Result<Vec<u8>>;
}

/// A [`Job`] with its type forgotten.
trait Working {
    fn answer(&mut self, message: &[u8]) -> Result<Vec<u8>>;
}

impl<J: Job> Working for J {
    fn answer(&mut self, message: &[u8]) -> Result<Vec<u8>> {
        Job::answer(self, message)
    }
}

/// A kind of job that a hand knows how to do.
#[derive(Clone, Copy)]
pub struct Trade {
    name: &'static str,
    open: fn(&[u8]) -> Result<Box<dyn Working>>,
}

impl Trade {
    /// How to do `J`.
    #[must_use]
    pub fn of<J: Job>() -> Self {
        Self { name: J::TRADE, open: |setup| Ok(Box::new(J::open(setup)?)) }
    }

    /// [`Job::TRADE`].
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }
}

impl fmt::Debug for Trade {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Trade({})", self.name)
    }
}

/// What a hand is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Letter {
    /// Open a job; the answer is empty.
    Open {
        /// A number for it that this hand has not been given before.
        job: u32,
        /// [`Job::TRADE`].
        trade: String,
        /// For [`Job::open`].
        setup: Vec<u8>,
    },
    /// Ask a job.
    Ask {
        /// Its number.
        job: u32,
        /// For [`Job::answer`].
        message: Vec<u8>,
    },
    /// Put a job away; the answer is empty.
    Close {
        /// Its number.
        job: u32,
    },
}

/// Where a hand works: the trades it knows, and the jobs that are open.
///
/// ```
/// use attractor_lab::crew::{Desk, Letter};
///
/// let mut desk = Desk::new(Vec::new());
/// let refused = desk.take(Letter::Open { job: 1, trade: "alchemy".into(), setup: Vec::new() });
/// assert!(refused.unwrap_err().to_string().contains("does not know “alchemy”"));
/// ```
pub struct Desk {
    trades: Vec<Trade>,
    jobs: BTreeMap<u32, Box<dyn Working>>,
}

impl Desk {
    /// An empty desk of a hand who knows these `trades`.
    #[must_use]
    pub fn new(trades: Vec<Trade>) -> Self {
        Self { trades, jobs: BTreeMap::new() }
    }

    /// Does what `letter` says.
    ///
    /// # Errors
    /// [`Error::Hand`] when there is no such trade or job; else whatever the job says.
    pub fn take(&mut self, letter: Letter) -> Result<Vec<u8>> {
        match letter {
            Letter::Open { job, trade, setup } => {
                let known = self.trades.iter().find(|known| known.name == trade);
                let known = known.ok_or_else(|| Error::Hand {
                    why: format!("it does not know “{trade}”"),
                })?;
                self.jobs.insert(job, (known.open)(&setup)?);
                Ok(Vec::new())
            }
            Letter::Ask { job, message } => match self.jobs.get_mut(&job) {
                Some(open) => open.answer(&message),
                None => Err(Error::Hand { why: format!("job {job} is not open") }),
            },
            Letter::Close { job } => {
                self.jobs.remove(&job);
                Ok(Vec::new())
            }
        }
    }
}

impl fmt::Debug for Desk {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Desk({} open)", self.jobs.len())
    }
}
