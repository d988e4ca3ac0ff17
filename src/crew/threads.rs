//! Hands that are threads of this program.

use super::{Answer, Desk, Hand, Letter, Trade};
use crate::error::{Error, Result};
use std::{
    pin::Pin,
    rc::Rc,
    sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc},
    task::{Context, Poll, Waker},
    thread,
};

/// Starts a thread that takes letters until nobody can send any more.
pub(super) fn hire(trades: Vec<Trade>) -> Result<Rc<dyn Hand>> {
    let (sender, letters) = mpsc::channel::<(Letter, Reply)>();
    thread::Builder::new()
        .name("hand".into())
        .spawn(move || {
            let mut desk = Desk::new(trades);
            for (letter, reply) in letters {
                reply.give(desk.take(letter));
            }
        })
        .map_err(|error| Error::Hand { why: format!("it could not be started ({error})") })?;
    Ok(Rc::new(Thread(sender)))
}

struct Thread(mpsc::Sender<(Letter, Reply)>);

impl Hand for Thread {
    fn send(&self, letter: Letter) -> Answer {
        let slip = Arc::new(Slip::default());
        // A thread that is gone drops the reply, and thereby says so.
        let _ = self.0.send((letter, Reply(slip.clone())));
        Box::pin(Waiting(slip))
    }
}

/// Where the answer will be written.
#[derive(Default)]
struct Slip(Mutex<Written>);

#[derive(Default)]
struct Written {
    answer: Option<Result<Vec<u8>>>,
    waker: Option<Waker>,
}

impl Slip {
    fn open(&self) -> MutexGuard<'_, Written> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The writing end of a slip.
struct Reply(Arc<Slip>);

impl Reply {
    fn give(&self, answer: Result<Vec<u8>>) {
        let mut slip = self.0.open();
        slip.answer.get_or_insert(answer);
        if let Some(waker) = slip.waker.take() {
            waker.wake();
        }
    }
}

impl Drop for Reply {
    fn drop(&mut self) {
        // Only what was never answered; after an answer this changes nothing.
        self.give(Err(Error::Hand { why: "its thread is gone".into() }));
    }
}

/// The reading end of a slip.
struct Waiting(Arc<Slip>);

impl Future for Waiting {
    type Output = Result<Vec<u8>>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut slip = self.0.open();
        if let Some(answer) = slip.answer.take() {
            return Poll::Ready(answer);
        }
        slip.waker = Some(context.waker().clone());
        Poll::Pending
    }
}
