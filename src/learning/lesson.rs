//! A lesson: what a network learns from, cut into shards that any thread can compute.
//!
//! The shards of an update are the same for any number of threads, each is computed from zero, and
//! their gradients are added in the order of the shards. So the same bits come out whether one
//! thread does them all or every one is done by another hand of the [crew](crate::crew).

use crate::crew::{Crew, Job, Post};
use crate::error::{Error, Result};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// What is learned from.
pub(super) trait Lesson: Serialize + DeserializeOwned + 'static {
    /// Its name among the trades of a hand.
    const TRADE: &'static str;
    /// Who learns, for sentences.
    const LEARNER: &'static str;
    /// What chance decides about an update.
    type Draw: Serialize + DeserializeOwned;
    /// The memory that computing takes, of which every thread has its own.
    type Desk;

    /// Such a memory.
    fn desk(&self) -> Self::Desk;
    /// Number of parameters.
    fn parameters(&self) -> usize;
    /// Number of shards of each update.
    fn shards(&self) -> usize;
    /// Refuses a draw that is none of this lesson's.
    fn check(&self, draw: &Self::Draw) -> Result<()>;
    /// Makes ready for these parameters.
    fn prepare(&self, desk: &mut Self::Desk, parameters: &[f32]);
    /// Adds a shard's gradient to `gradient` and returns its part of the error.
    fn learn(
        &self,
        desk: &mut Self::Desk,
        draw: &Self::Draw,
        shard: usize,
        gradient: &mut [f32],
    ) -> Part;
    /// What the parameters themselves cost, whatever is shown; its gradient is added to `gradient`,
    /// which is that of all shards.
    fn price(&self, parameters: &[f32], gradient: &mut [f32]) -> f64 {
        let _ = (parameters, gradient);
        0.0
    }
    /// Puts parameters that an update has moved out of bounds back to them.
    fn hold(&self, parameters: &mut [f32]) {
        let _ = parameters;
    }
}

/// What a shard contributes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Part {
    /// To the error.
    pub(super) error: f64,
    /// To the mean square of the activity, where that has a price.
    pub(super) activity: f64,
}

impl Part {
    /// Bytes of a part in an answer.
    const SIZE: usize = 16;

    /// A part of the error alone.
    pub(super) fn error(error: f64) -> Self {
        Self { error, activity: 0.0 }
    }

    fn bytes(self) -> impl Iterator<Item = u8> {
        self.error.to_le_bytes().into_iter().chain(self.activity.to_le_bytes())
    }

    fn from_bytes(bytes: [u8; Self::SIZE]) -> Self {
        let bits = u128::from_le_bytes(bytes);
        Self { error: f64::from_bits(bits as u64), activity: f64::from_bits((bits >> 64) as u64) }
    }
}

/// All threads that work on a lesson: this one, and the hands of a crew.
pub(super) struct Team<L: Lesson> {
    lesson: L,
    desk: L::Desk,
    posts: Vec<Post>,
    /// What came of each shard: its part of the error, and its gradient.
    parts: Vec<(Part, Vec<f32>)>,
}

/// What a hand is asked: which shards, of which draw. The parameters follow as plain numbers.
#[derive(Serialize, Deserialize)]
struct Question<D> {
    shards: Vec<usize>,
    draw: D,
}

impl<L: Lesson> Team<L> {
    /// Puts the lesson on every hand of `crew`, as far as there is a shard for it.
    pub(super) async fn new(lesson: L, crew: &Crew) -> Result<Self> {
        let mut posts = Vec::new();
        if crew.hands() > 0 && lesson.shards() > 1 {
            let setup = postcard::to_allocvec(&lesson).map_err(|error| Error::Conflict {
                why: format!("the lesson cannot be handed on: {error}"),
            })?;
            posts = crew.open::<Shards<L>>(&setup).await;
            posts.truncate(lesson.shards() - 1);
        }
        let parts = vec![(Part::default(), vec![0.0; lesson.parameters()]); lesson.shards()];
        Ok(Self { desk: lesson.desk(), lesson, posts, parts })
    }

    /// What is learned from.
    pub(super) fn lesson(&self) -> &L {
        &self.lesson
    }

    /// Number of threads.
    pub(super) fn threads(&self) -> usize {
        self.posts.len() + 1
    }

    /// Puts the gradient for these `parameters` into `gradient` and returns the error.
    pub(super) async fn gradient(
        &mut self,
        parameters: &[f32],
        draw: L::Draw,
        gradient: &mut [f32],
    ) -> Result<Part> {
        self.lesson.check(&draw)?;
        let threads = self.threads();
        let mut question = Question { shards: Vec::new(), draw };
        let mut asked = Vec::with_capacity(self.posts.len());
        for (place, post) in self.posts.iter().enumerate() {
            question.shards = (place + 1..self.parts.len()).step_by(threads).collect();
            asked.push((post.ask(written(&question, parameters)?), question.shards.clone()));
        }
        self.lesson.prepare(&mut self.desk, parameters);
        for shard in (0..self.parts.len()).step_by(threads) {
            self.learn(&question.draw, shard);
        }
        for (place, (answer, shards)) in asked.into_iter().enumerate().rev() {
            let understood = match answer.await {
                Ok(answer) => self.take(&shards, &answer),
                Err(_) => false,
            };
            if !understood {
                // Whatever a hand did not do is done here, and this hand is asked no more.
                drop(self.posts.remove(place));
                for &shard in &shards {
                    self.learn(&question.draw, shard);
                }
            }
        }
        gradient.fill(0.0);
        for (_, part) in &self.parts {
            gradient.iter_mut().zip(part).for_each(|(sum, part)| *sum += part);
        }
        Ok(Part {
            error: self.parts.iter().map(|(part, _)| part.error).sum(),
            activity: self.parts.iter().map(|(part, _)| part.activity).sum(),
        })
    }

    fn learn(&mut self, draw: &L::Draw, shard: usize) {
        let (part, gradient) = &mut self.parts[shard];
        gradient.fill(0.0);
        *part = self.lesson.learn(&mut self.desk, draw, shard, gradient);
    }

    /// Takes the parts of these shards out of an answer, if it is one.
    fn take(&mut self, shards: &[usize], answer: &[u8]) -> bool {
        let size = Part::SIZE + 4 * self.lesson.parameters();
        if answer.len() != size * shards.len() {
            return false;
        }
        for (&shard, answer) in shards.iter().zip(answer.chunks_exact(size)) {
            let Some((part, gradient)) = answer.split_first_chunk() else { return false };
            self.parts[shard].0 = Part::from_bytes(*part);
            read(gradient, &mut self.parts[shard].1);
        }
        true
    }
}

/// The shards of a lesson as a hand computes them.
pub(super) struct Shards<L: Lesson> {
    lesson: L,
    desk: L::Desk,
    parameters: Vec<f32>,
    gradient: Vec<f32>,
}

impl<L: Lesson> Job for Shards<L> {
    const TRADE: &'static str = L::TRADE;

    fn open(setup: &[u8]) -> Result<Self> {
        let lesson: L = postcard::from_bytes(setup).map_err(|_| misread("the lesson"))?;
        let zeros = vec![0.0; lesson.parameters()];
        Ok(Self { desk: lesson.desk(), parameters: zeros.clone(), gradient: zeros, lesson })
    }

    fn answer(&mut self, message: &[u8]) -> Result<Vec<u8>> {
        let (question, parameters): (Question<L::Draw>, _) =
            postcard::take_from_bytes(message).map_err(|_| misread("the question"))?;
        let Question { shards, draw } = question;
        self.lesson.check(&draw)?;
        if parameters.len() != 4 * self.parameters.len()
            || shards.iter().any(|&shard| shard >= self.lesson.shards())
        {
            return Err(misread("the question"));
        }
        read(parameters, &mut self.parameters);
        self.lesson.prepare(&mut self.desk, &self.parameters);
        let mut answer = Vec::with_capacity(shards.len() * (Part::SIZE + parameters.len()));
        for shard in shards {
            self.gradient.fill(0.0);
            let part = self.lesson.learn(&mut self.desk, &draw, shard, &mut self.gradient);
            answer.extend(part.bytes());
            write(&self.gradient, &mut answer);
        }
        Ok(answer)
    }
}

fn written<D: Serialize>(question: &Question<D>, parameters: &[f32]) -> Result<Vec<u8>> {
    let mut message = postcard::to_extend(question, Vec::with_capacity(4 * parameters.len() + 512))
        .map_err(|_| misread("the question"))?;
    write(parameters, &mut message);
    Ok(message)
}

fn write(numbers: &[f32], bytes: &mut Vec<u8>) {
    bytes.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
}

fn read(bytes: &[u8], numbers: &mut [f32]) {
    let (bytes, _) = bytes.as_chunks();
    numbers.iter_mut().zip(bytes).for_each(|(to, &from)| *to = f32::from_le_bytes(from));
}

fn misread(what: &str) -> Error {
    Error::Hand { why: format!("{what} did not arrive whole") }
}
