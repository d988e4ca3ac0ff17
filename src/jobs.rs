//! What a hand of the [crew](crate::crew) knows how to do: one line for each kind of job.

use crate::{crew::Trade, learning};

/// Every trade of the laboratory.
#[must_use]
pub fn trades() -> Vec<Trade> {
    learning::trades()
}
