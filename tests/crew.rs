#![allow(clippy::unwrap_used, reason = "a test may panic")]
//! The crew: hands answer in order, jobs keep their state, losses cost nothing but time.

use attractor_lab::{
    Error, Result,
    crew::{Crew, Job, Post, Trade},
};
use std::{
    cell::Cell,
    pin::pin,
    rc::Rc,
    sync::atomic::{AtomicUsize, Ordering},
    task::{Context, Poll, Waker},
    thread,
};

fn wait<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(it) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return it;
        }
        thread::yield_now();
    }
}

/// Adds what it is told to what it has; 13 kills its thread, and 255 is refused.
struct Sum(u32);

impl Job for Sum {
    const TRADE: &'static str = "sum";

    fn open(setup: &[u8]) -> Result<Self> {
        Ok(Self(setup.iter().map(|&byte| u32::from(byte)).sum()))
    }

    fn answer(&mut self, message: &[u8]) -> Result<Vec<u8>> {
        for &byte in message {
            assert_ne!(byte, 13, "this test kills the thread");
            if byte == 255 {
                return Err(Error::Diverged { what: "the sum".into(), step: 3 });
            }
            self.0 += u32::from(byte);
        }
        Ok(self.0.to_le_bytes().into())
    }
}

fn crew(hands: usize) -> Crew {
    Crew::threads(hands, vec![Trade::of::<Sum>()])
}

fn sum(answer: Result<Vec<u8>>) -> u32 {
    u32::from_le_bytes(answer.unwrap().try_into().unwrap())
}

fn ask(post: &Post, byte: u8) -> Result<Vec<u8>> {
    wait(post.ask(vec![byte]))
}

#[test]
fn each_hand_keeps_its_job_and_answers_in_the_order_it_was_asked() {
    let crew = crew(3);
    let posts = wait(crew.open::<Sum>(&[10, 20]));
    assert_eq!(posts.len(), 3);
    let asked: Vec<_> = [1, 2, 3].map(|byte| posts[0].ask(vec![byte])).into();
    assert_eq!(sum(ask(&posts[1], 5)), 35);
    // Answers may be taken up in any order.
    let sums: Vec<_> = asked.into_iter().rev().map(|answer| sum(wait(answer))).collect();
    assert_eq!(sums, [36, 33, 31]);
}

#[test]
fn two_jobs_on_the_same_hands_know_nothing_of_each_other() {
    let crew = crew(1);
    let (first, second) = (wait(crew.open::<Sum>(&[1])), wait(crew.open::<Sum>(&[100])));
    assert_eq!(sum(ask(&first[0], 1)), 2);
    assert_eq!(sum(ask(&second[0], 1)), 101);
    assert_eq!(sum(ask(&first[0], 1)), 3);
}

#[test]
fn nobody_is_hired_before_there_is_work() {
    let hired = Rc::new(Cell::new(0));
    let count = hired.clone();
    let crew = Crew::new(2, move || {
        count.set(count.get() + 1);
        Err(Error::Hand { why: "there is none".into() })
    });
    assert_eq!((crew.hands(), hired.get()), (2, 0));
    assert!(wait(crew.open::<Sum>(&[])).is_empty());
    assert_eq!((crew.hands(), hired.get()), (0, 2));
    assert_eq!(
        crew.take_news(),
        ["Fewer threads help than could: a helping thread failed: there is none."]
    );
    assert!(wait(Crew::default().open::<Sum>(&[])).is_empty());
}

#[test]
fn a_hand_that_dies_is_let_go_and_the_others_go_on() {
    let crew = crew(2);
    let posts = wait(crew.open::<Sum>(&[]));
    // Two letters are on their way when the thread dies of the first.
    let (first, second) = (posts[0].ask(vec![13]), posts[0].ask(vec![1]));
    let error = wait(first).unwrap_err();
    assert_eq!(error, Error::Hand { why: "its thread is gone".into() });
    assert!(wait(second).is_err());
    assert!(matches!(ask(&posts[0], 1), Err(Error::Hand { .. })));
    assert_eq!(crew.hands(), 1);
    assert_eq!(crew.take_news().len(), 1, "it is said once");
    assert_eq!(sum(ask(&posts[1], 7)), 7);
    assert_eq!(wait(crew.open::<Sum>(&[])).len(), 1, "new work goes to whoever is left");
}

#[test]
fn a_job_that_fails_says_why_and_its_hand_is_let_go() {
    let crew = crew(1);
    let posts = wait(crew.open::<Sum>(&[]));
    let error = ask(&posts[0], 255).unwrap_err();
    assert_eq!(error.to_string(), "the sum stopped being finite at step 3");
    assert_eq!(
        crew.take_news(),
        ["The work goes on with one thread less, because the sum stopped being finite at step 3."]
    );
}

#[test]
fn a_trade_that_a_hand_does_not_know_gets_no_post() {
    let crew = Crew::threads(1, Vec::new());
    assert!(wait(crew.open::<Sum>(&[])).is_empty());
    assert!(crew.take_news()[0].contains("it does not know “sum”"));
}

#[test]
fn jobs_are_put_away_with_their_posts_and_hands_with_their_crew() {
    struct Held;
    static HELD: AtomicUsize = AtomicUsize::new(0);
    impl Job for Held {
        const TRADE: &'static str = "held";
        fn open(_: &[u8]) -> Result<Self> {
            HELD.fetch_add(1, Ordering::SeqCst);
            Ok(Self)
        }
        fn answer(&mut self, _: &[u8]) -> Result<Vec<u8>> {
            Ok(Vec::new())
        }
    }
    impl Drop for Held {
        fn drop(&mut self) {
            HELD.fetch_sub(1, Ordering::SeqCst);
        }
    }
    let held = |count| {
        while HELD.load(Ordering::SeqCst) != count {
            thread::yield_now();
        }
    };
    let crew = Crew::threads(2, vec![Trade::of::<Held>()]);
    let posts = wait(crew.open::<Held>(&[]));
    held(2);
    drop(posts);
    held(0);
    let posts = wait(crew.open::<Held>(&[]));
    drop(crew);
    held(2);
    drop(posts);
    held(0);
}
