//! What the papers and the measurements say, asked of our code: each test is one sentence.

#[path = "claims/identification.rs"]
mod identification;
#[path = "claims/ring.rs"]
mod ring;
#[path = "claims/tasks.rs"]
mod tasks;
