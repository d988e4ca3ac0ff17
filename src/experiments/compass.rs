//! What the experiments with the compass ring have in common: the knobs' choices and the ring
//! they stand for.

use crate::choices;
use crate::models::ring::{Settings, VelocityKernel};

choices! {
    /// Which weights turn the bump.
    pub enum Kernel {
        /// As published: two lobes with a flat centre.
        Original = "original",
        /// The derivative of the symmetric weights.
        Derivative = "derivative",
    }
}

/// The ring with this many neurons, noise, gain and kernel.
///
/// `gain` counts in the published gain of the kernel (0.02 for the original one), so that 1 turns
/// the bump about as fast as the fly whichever kernel is chosen.
#[must_use]
pub fn settings(neurons: usize, noise: f64, gain: f64, kernel: Kernel) -> Settings {
    let (kernel, published) = match kernel {
        Kernel::Original => (VelocityKernel::Original, 0.02),
        Kernel::Derivative => (VelocityKernel::Derivative, VelocityKernel::Derivative.unit_gain()),
    };
    Settings { neurons, noise, gain: gain * published, kernel, ..Settings::default() }
}
