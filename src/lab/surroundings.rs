//! What a run may use of the machine and the session around it.

use super::Shelf;
use crate::crew::Crew;

/// What a run may use of the machine and the session around it. The recipe knows nothing of it.
///
/// ```
/// use attractor_lab::lab::Surroundings;
///
/// // The least there can be: one thread, no graphics processor, nothing that was left by others.
/// let alone = Surroundings::without_gpu("this is an example");
/// assert_eq!(alone.crew.hands(), 0);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// Empty when WebGPU may be used, else a clause that says why not.
    pub gpu_obstacle: String,
    /// What earlier runs of this session left.
    pub shelf: Shelf,
    /// The other threads that may help.
    pub crew: Crew,
}

impl Surroundings {
    /// Those of a run for which WebGPU is no question, for a reason given as a clause.
    #[must_use]
    pub fn without_gpu(why: &str) -> Self {
        Self { gpu_obstacle: why.into(), ..Self::default() }
    }
}
