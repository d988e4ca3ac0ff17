//! Hands that are workers of the page: both ends of the letters between them.

use super::{Thrown, fail};
use crate::crew::{Answer, Crew, Desk, Hand, Letter};
use crate::{Error, jobs};
use js_sys::{Function, Promise, Uint8Array};
use std::{cell::RefCell, rc::Rc};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

thread_local! {
    /// How many workers may help a run, and the function that starts one.
    static HIRE: RefCell<Option<(usize, Function)>> = const { RefCell::new(None) };
}

/// Lets the runs that begin from now on use `count` other workers. `hire` starts one and returns
/// what `www/hands.js` calls a `Hand`.
#[wasm_bindgen(js_name = useHands)]
#[allow(unreachable_pub, reason = "JavaScript reaches it")]
pub fn use_hands(count: usize, hire: Function) {
    HIRE.set(Some((count, hire)));
}

/// The crew of a new run.
pub(super) fn crew() -> Crew {
    HIRE.with_borrow(|known| match known.clone() {
        Some((count, hire)) => Crew::new(count, move || {
            let hand = hire.call0(&JsValue::NULL).map_err(|error| lost(&error))?;
            Ok(Rc::new(Worker(hand.unchecked_into())))
        }),
        None => Crew::default(),
    })
}

#[wasm_bindgen]
extern "C" {
    /// A worker that takes letters.
    type JsHand;

    /// Sends a letter at once; what is promised is the bytes of the answer.
    #[wasm_bindgen(method)]
    fn send(this: &JsHand, verb: &str, job: u32, trade: &str, bytes: Uint8Array) -> Promise;

    /// Ends the worker.
    #[wasm_bindgen(method)]
    fn dismiss(this: &JsHand);
}

/// The caller's end.
struct Worker(JsHand);

impl Hand for Worker {
    fn send(&self, letter: Letter) -> Answer {
        let bytes = |bytes: Vec<u8>| Uint8Array::from(&bytes[..]);
        let promise = match letter {
            Letter::Open { job, trade, setup } => self.0.send("open", job, &trade, bytes(setup)),
            Letter::Ask { job, message } => self.0.send("ask", job, "", bytes(message)),
            Letter::Close { job } => self.0.send("close", job, "", bytes(Vec::new())),
        };
        Box::pin(async {
            let answer = JsFuture::from(promise).await.map_err(|error| lost(&error))?;
            let bytes: Uint8Array = answer
                .dyn_into()
                .map_err(|_| Error::Hand { why: "its answer is no bytes".into() })?;
            Ok(bytes.to_vec())
        })
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.0.dismiss();
    }
}

fn lost(error: &JsValue) -> Error {
    let why = error.dyn_ref::<js_sys::Error>().map(|error| String::from(error.message()));
    Error::Hand { why: why.unwrap_or_else(|| "it said nothing".into()) }
}

/// The hand's end: what lies open in this worker.
#[wasm_bindgen(js_name = Desk)]
pub struct OpenDesk(Desk);

#[wasm_bindgen(js_class = Desk)]
impl OpenDesk {
    /// An empty desk.
    #[wasm_bindgen(constructor)]
    #[must_use]
    #[allow(clippy::new_without_default, reason = "JavaScript has no Default")]
    pub fn new() -> Self {
        Self(Desk::new(jobs::trades()))
    }

    /// Opens a job.
    pub fn open(&mut self, job: u32, trade: String, setup: Vec<u8>) -> Thrown<Uint8Array> {
        self.take(Letter::Open { job, trade, setup })
    }

    /// Asks a job.
    pub fn ask(&mut self, job: u32, message: Vec<u8>) -> Thrown<Uint8Array> {
        self.take(Letter::Ask { job, message })
    }

    /// Puts a job away.
    pub fn close(&mut self, job: u32) -> Thrown<Uint8Array> {
        self.take(Letter::Close { job })
    }

    fn take(&mut self, letter: Letter) -> Thrown<Uint8Array> {
        self.0.take(letter).map(|answer| Uint8Array::from(&answer[..])).map_err(fail)
    }
}
