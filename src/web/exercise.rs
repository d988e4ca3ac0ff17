//! The exercise, for the benchmark's page.

use super::{Thrown, fail, hands};
use crate::learning::{
    device::{self, Wish},
    exercise::{self, Size},
    scan::{self, Lanes},
};
use wasm_bindgen::prelude::*;

/// The exercise that this program does beside others, see `benches/`.
#[wasm_bindgen]
pub struct Exercise(exercise::Exercise);

#[wasm_bindgen]
impl Exercise {
    /// The exercise at its beginning: on the CPU, with the workers of `useHands` as help, or if
    /// `gpu` on the graphics processor, hardware or not.
    pub async fn begin(units: usize, steps: usize, trials: usize, gpu: bool) -> Thrown<Exercise> {
        let size = Size { units, steps, trials };
        let wish = if gpu { Wish::WebGpu } else { Wish::Cpu };
        let (device, because) = device::open(wish, "", None).await;
        if device.is_gpu() != gpu {
            return Err(fail(because));
        }
        exercise::Exercise::on(&device, size, &hands::crew()).await.map(Exercise).map_err(fail)
    }

    /// One update; the error before it.
    pub async fn update(&mut self) -> Thrown<f32> {
        self.0.update().await.map_err(fail)
    }
}

/// Runs the kernel alone `times` times, and returns how many operations that took.
#[wasm_bindgen]
#[must_use]
#[allow(unreachable_pub, reason = "JavaScript reaches it")]
pub fn peak(times: usize) -> f64 {
    scan::peak(Lanes::best(), times)
}
