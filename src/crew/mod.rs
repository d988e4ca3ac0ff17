//! The crew of a run: the other threads of this machine, called *hands*, and the jobs they do.
//!
//! A [`Job`] is opened with bytes, asked with bytes and answers with bytes; nothing is shared.
//! Each hand does what it is asked in order, while the caller does its own part. Natively a hand
//! is a thread, in the page a worker with an instance of the program of its own.
//!
//! How many hands there are is an affair of the machine: no result may depend on it. So cut the
//! work into parts that are the same for any number of hands, add their results in a fixed order,
//! and do yourself what a hand did not: it may be slow, and it may be lost at any moment.
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
//! use attractor_lab::{Result, crew::{Crew, Job, Trade}};
//!
//! /// Keeps a table, and says what stands in a row of it.
//! struct Rows(Vec<u8>);
//!
//! impl Job for Rows {
//!     const TRADE: &'static str = "rows";
//!     fn open(setup: &[u8]) -> Result<Self> {
//!         Ok(Self(setup.into()))
//!     }
//!     fn answer(&mut self, message: &[u8]) -> Result<Vec<u8>> {
//!         Ok(message.iter().map(|&row| self.0[usize::from(row)]).collect())
//!     }
//! }
//!
//! let crew = Crew::threads(2, vec![Trade::of::<Rows>()]);
//! let table = [5, 6, 7];
//! let posts = wait(crew.open::<Rows>(&table));
//!
//! // The hands begin at once, and the caller meanwhile does its share, the last row.
//! let asked: Vec<_> = (0..2).map(|row| posts[usize::from(row)].ask(vec![row])).collect();
//! let mut rows = Vec::new();
//! let own = table[2];
//! for (row, answer) in asked.into_iter().enumerate() {
//!     // What a hand did not do, the caller does.
//!     rows.extend(wait(answer).unwrap_or_else(|_| vec![table[row]]));
//! }
//! rows.push(own);
//! assert_eq!(rows, table);
//! ```

mod desk;
#[cfg(not(target_family = "wasm"))]
mod threads;

pub use desk::{Desk, Job, Letter, Trade};

use crate::error::{Error, Result};
use std::{
    cell::{Cell, RefCell},
    fmt,
    pin::Pin,
    rc::{Rc, Weak},
};

/// What comes back for a [`Letter`], some time after it was sent.
pub type Answer = Pin<Box<dyn Future<Output = Result<Vec<u8>>>>>;

/// Another thread that takes letters. It is let go when it is dropped.
pub trait Hand {
    /// Sends `letter` now, whether or not anyone waits for the answer. Letters are answered in
    /// the order in which they were sent.
    ///
    /// The answer is an error when the thread is lost, when it does not answer in a time that is
    /// long for what the caller itself did meanwhile, or when the job failed.
    fn send(&self, letter: Letter) -> Answer;
}

/// The hands that a run may use beside the thread it runs on; possibly none.
///
/// They are hired when they are first needed, and let go with the last clone of the crew and the
/// last [`Post`].
#[derive(Clone, Default)]
pub struct Crew(Rc<Roll>);

/// Makes one hand.
type Hire = dyn Fn() -> Result<Rc<dyn Hand>>;

#[derive(Default)]
struct Roll {
    /// How many hands there are to be.
    size: usize,
    hire: Option<Box<Hire>>,
    /// Those that were hired; empty where one was lost.
    hands: RefCell<Vec<Option<Rc<dyn Hand>>>>,
    /// Names for jobs, never used twice.
    jobs: Cell<u32>,
    /// Losses nobody has been told of yet.
    news: RefCell<Vec<String>>,
}

impl Crew {
    /// A crew of `size` hands, each of which `hire` will make when it is needed.
    #[must_use]
    pub fn new(size: usize, hire: impl Fn() -> Result<Rc<dyn Hand>> + 'static) -> Self {
        Self(Rc::new(Roll { size, hire: Some(Box::new(hire)), ..Roll::default() }))
    }

    /// A crew of `size` threads of this program, who know these `trades`.
    #[cfg(not(target_family = "wasm"))]
    #[must_use]
    pub fn threads(size: usize, trades: Vec<Trade>) -> Self {
        Self::new(size, move || threads::hire(trades.clone()))
    }

    /// How many hands there are beside the caller: those that will be hired, or are left.
    #[must_use]
    pub fn hands(&self) -> usize {
        let hands = self.0.hands.borrow();
        if hands.is_empty() { self.0.size } else { hands.iter().flatten().count() }
    }

    /// Opens a job `J` with `setup` on every hand, and waits until they are ready. There are as
    /// many posts as hands that could do so, which may be none.
    pub async fn open<J: Job>(&self, setup: &[u8]) -> Vec<Post> {
        let job = self.0.jobs.replace(self.0.jobs.get() + 1);
        self.hire();
        let hands = self.0.hands.borrow().clone();
        let letter = || Letter::Open { job, trade: J::TRADE.into(), setup: setup.into() };
        // All of them begin before any is waited for.
        let openings: Vec<_> = (hands.iter().enumerate())
            .filter_map(|(place, hand)| Some((place, hand.as_ref()?.send(letter()))))
            .collect();
        let mut posts = Vec::new();
        for (place, opening) in openings {
            match opening.await {
                Ok(_) => posts.push(Post { crew: self.clone(), place, job }),
                Err(error) => self.0.lose(place, &error),
            }
        }
        posts
    }

    /// What happened to the crew since this was last asked, in sentences.
    #[must_use]
    pub fn take_news(&self) -> Vec<String> {
        self.0.news.take()
    }

    fn hire(&self) {
        let Some(hire) = self.0.hire.as_ref().filter(|_| self.0.hands.borrow().is_empty()) else {
            return;
        };
        let hired: Vec<_> = (0..self.0.size).map(|_| hire()).collect();
        *self.0.hands.borrow_mut() = hired.iter().map(|hand| hand.as_ref().ok().cloned()).collect();
        if let Some(error) = hired.iter().find_map(|hand| hand.as_ref().err()) {
            let text = format!("Fewer threads help than could: {error}.");
            self.0.news.borrow_mut().push(text);
        }
    }
}

impl Roll {
    /// Lets a hand go that did not do what it was asked.
    fn lose(&self, place: usize, error: &Error) {
        // Several letters may have been on their way to it.
        if self.hands.borrow_mut().get_mut(place).and_then(Option::take).is_some() {
            let text = format!("The work goes on with one thread less, because {error}.");
            self.news.borrow_mut().push(text);
        }
    }
}

impl fmt::Debug for Crew {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Crew({} hands)", self.hands())
    }
}

/// A job that is open on one hand; dropping it closes it.
#[derive(Debug)]
pub struct Post {
    crew: Crew,
    place: usize,
    job: u32,
}

impl Post {
    /// Asks the job; the hand begins at once, and the answer is there when it is awaited.
    ///
    /// # Errors
    /// [`Error::Hand`] when the hand was lost, did not answer in time, or failed. It is let go,
    /// and whoever asked does the work without it: that also tells whether the work itself is at
    /// fault.
    pub fn ask(&self, message: Vec<u8>) -> impl Future<Output = Result<Vec<u8>>> + use<> {
        let answer = self.hand().map(|hand| hand.send(Letter::Ask { job: self.job, message }));
        let (roll, place): (Weak<Roll>, _) = (Rc::downgrade(&self.crew.0), self.place);
        async move {
            let Some(answer) = answer else {
                return Err(Error::Hand { why: "it was let go".into() });
            };
            let answer = answer.await;
            if let (Err(error), Some(roll)) = (&answer, roll.upgrade()) {
                roll.lose(place, error);
            }
            answer
        }
    }

    fn hand(&self) -> Option<Rc<dyn Hand>> {
        self.crew.0.hands.borrow().get(self.place).cloned().flatten()
    }
}

impl Drop for Post {
    fn drop(&mut self) {
        if let Some(hand) = self.hand() {
            drop(hand.send(Letter::Close { job: self.job }));
        }
    }
}
