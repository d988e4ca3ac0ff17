//! Which processor trains, and why that one.
//!
//! There is always the CPU. A build with the feature `gpu` also tries WebGPU, and trusts it only
//! after it has computed the gradient of a small student as the CPU does. Whatever stands in its
//! way leads back to the CPU and to a sentence that says so.
//!
//! ```
//! use attractor_lab::learning::device::{Device, Wish};
//!
//! assert_eq!(Wish::ALL.map(Wish::name), ["auto", "cpu", "webgpu"]);
//! assert!(!Device::cpu().is_gpu());
//! ```

use super::recording::Window;
use super::student::error_and_gradient;
use super::weights::{Init, Shape, Weights};
use crate::error::{Error, Result};
use crate::rng::Rng;
use burn::tensor::{self, Tensor};
use ndarray::{Array2, Array3};
use serde::{Deserialize, Serialize};

/// Two devices that differ by more than this part of the largest gradient do not compute the
/// same thing: rounding alone makes some 10⁻⁶.
const TOLERANCE: f64 = 1e-4;

/// Which device is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wish {
    /// The graphics processor if there is a real one, otherwise the CPU.
    #[default]
    Auto,
    /// The CPU.
    Cpu,
    /// The graphics processor, or one that software imitates.
    #[serde(rename = "webgpu")]
    WebGpu,
}

impl Wish {
    /// Every wish there is.
    pub const ALL: [Self; 3] = [Self::Auto, Self::Cpu, Self::WebGpu];

    /// As it is written in a link.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Cpu => "cpu",
            Self::WebGpu => "webgpu",
        }
    }
}

/// A processor that trains.
#[derive(Clone, Debug)]
pub struct Device {
    on: tensor::Device,
    gpu: bool,
}

impl Device {
    /// The CPU, which is always there.
    #[must_use]
    pub fn cpu() -> Self {
        Self { on: tensor::Device::flex(), gpu: false }
    }

    /// Whether this is WebGPU, by hardware or by software.
    #[must_use]
    pub fn is_gpu(&self) -> bool {
        self.gpu
    }

    /// Burn's name for it; tensors on it record no graph until they are asked to.
    pub(super) fn plain(&self) -> tensor::Device {
        self.on.clone()
    }
}

/// The best device that `wish` allows, and one sentence about why it is that one.
///
/// `gpu_obstacle` is what the surroundings already know to stand in the way of WebGPU, as the
/// end of a sentence (“this browser offers no WebGPU”); empty if nothing does. WebGPU is set up
/// once in a process, by the first call that gets so far.
pub async fn open(wish: Wish, gpu_obstacle: &str) -> (Device, String) {
    if wish == Wish::Cpu {
        return (Device::cpu(), "Running on the CPU, as asked.".into());
    }
    let obstacle = gpu_obstacle.trim().trim_end_matches('.');
    let found = if obstacle.is_empty() { graphics().await } else { Err(obstacle.into()) };
    choose(wish, found)
}

/// What to make of the graphics processor that was `found`, or of the reason why none was.
fn choose(wish: Wish, found: Result<Graphics, String>) -> (Device, String) {
    match found {
        Ok(it) if it.software && wish == Wish::Auto => {
            let name = it.name;
            let why = format!("Running on the CPU because WebGPU here is only software{name}.");
            (Device::cpu(), why)
        }
        Ok(it) => {
            let reason = match wish {
                Wish::Auto => " because there is a graphics processor",
                _ => ", as asked",
            };
            let Graphics { name, agreement, .. } = it;
            let why = format!(
                "Running on WebGPU{name}{reason}; it agrees with the CPU to {agreement:.0e}."
            );
            (it.device, why)
        }
        Err(obstacle) => {
            let wished = if wish == Wish::WebGpu { ", and not on WebGPU as asked," } else { "" };
            (Device::cpu(), format!("Running on the CPU{wished} because {obstacle}."))
        }
    }
}

/// A graphics processor that works.
#[derive(Clone)]
struct Graphics {
    device: Device,
    /// The adapter's name in brackets after a space; empty where it has none.
    name: String,
    /// Whether there is only software behind it.
    software: bool,
    /// How far it is from the CPU, see [`disagreement`].
    agreement: f64,
}

/// This build knows no graphics processor.
#[cfg(not(feature = "gpu"))]
fn graphics() -> std::future::Ready<Result<Graphics, String>> {
    std::future::ready(Err("this build of the laboratory has no WebGPU in it".into()))
}

/// The graphics processor, set up and tested by the first call.
#[cfg(feature = "gpu")]
async fn graphics() -> Result<Graphics, String> {
    // A second initialisation is an error: failure, too, is remembered.
    static FOUND: std::sync::OnceLock<Result<Graphics, String>> = std::sync::OnceLock::new();
    if let Some(found) = FOUND.get() {
        return found.clone();
    }
    let found = set_up().await;
    FOUND.get_or_init(|| found).clone()
}

/// Sets WebGPU up and compares it with the CPU.
#[cfg(feature = "gpu")]
async fn set_up() -> Result<Graphics, String> {
    // This many tasks make one submission: few enough to start early, enough to be worth it.
    let options = tensor::Device::wgpu_options().tasks_max(32);
    let (on, setup) = options
        .init_with_setup_async()
        .await
        .map_err(|error| format!("WebGPU could not be started ({error})"))?;
    let adapter = setup.adapter.get_info();
    let name = if adapter.name.is_empty() { String::new() } else { format!(" ({})", adapter.name) };
    let software = adapter.device_type == tensor::wgpu::wgpu::DeviceType::Cpu;
    let device = Device { on, gpu: true };
    let agreement = disagreement(&device, &Device::cpu())
        .await
        .map_err(|error| format!("WebGPU failed its test ({error})"))?;
    // Written so that a NaN fails, too.
    if agreement <= TOLERANCE {
        Ok(Graphics { device, name, software, agreement })
    } else {
        Err(format!("WebGPU computes something else than the CPU (they differ by {agreement:.0e})"))
    }
}

/// How far two devices are apart in the error of a small student and in its gradient: the
/// largest difference, as a part of the largest gradient.
///
/// # Errors
/// [`Error::Gpu`] when one of them does not answer.
pub async fn disagreement(one: &Device, other: &Device) -> Result<f64> {
    // Sizes that are no multiple of anything, so that the edges of a kernel are seen.
    let shape = Shape { units: 70, observed: 33, driven: 45, leak: 0.2 };
    let (steps, trajectories) = (3, 5);
    let rng = Rng::stream(0, "device test");
    let weights = Weights::draw(shape, Init { scale: 1.0, bias: 0.1 }, &rng)?;
    let mut rng = rng.lane(2);
    let mut number = move || rng.uniform() as f32;
    let window = Window {
        start: Array2::from_shape_simple_fn((trajectories, shape.observed), &mut number),
        velocity: Array2::from_shape_simple_fn((steps, trajectories), &mut number),
        target: Array3::from_shape_simple_fn((steps, trajectories, shape.observed), &mut number),
    };
    let (error, gradient) = error_and_gradient(one, &weights, &window).await?;
    let (reference, expected) = error_and_gradient(other, &weights, &window).await?;
    let pairs = gradient.values().iter().zip(expected.values());
    let mut apart = (error - reference).abs();
    let mut largest = 0.0_f64;
    for (&found, &expected) in pairs {
        let difference = f64::from((found - expected).abs());
        // f64::max would forget a NaN.
        apart = if difference > apart || difference.is_nan() { difference } else { apart };
        largest = largest.max(f64::from(expected.abs()));
    }
    Ok(apart / largest)
}

/// Brings a tensor's numbers back. The only way that also works in a browser: there, waiting
/// without `await` is a panic.
pub(super) async fn read<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>> {
    let silent = |why: String| Error::Gpu { why };
    let data = tensor.into_data_async().await.map_err(|error| silent(format!("{error:?}")))?;
    data.try_into_vec::<f32>().map_err(|error| silent(format!("{error:?}")))
}

#[cfg(test)]
mod tests {
    use super::{Device, Graphics, Wish, choose};

    /// A graphics processor as far as the choice is concerned.
    fn found(software: bool) -> Graphics {
        let device = Device { gpu: true, ..Device::cpu() };
        Graphics { device, name: " (Mali)".into(), software, agreement: 3.2e-7 }
    }

    #[test]
    fn the_sentence_says_which_device_runs_and_why() {
        let none = || Err("this browser offers no WebGPU".to_string());
        for (wish, found, gpu, sentence) in [
            (
                Wish::Auto,
                Ok(found(false)),
                true,
                "Running on WebGPU (Mali) because there is a graphics processor; \
                 it agrees with the CPU to 3e-7.",
            ),
            (
                Wish::Auto,
                Ok(found(true)),
                false,
                "Running on the CPU because WebGPU here is only software (Mali).",
            ),
            (
                Wish::WebGpu,
                Ok(found(true)),
                true,
                "Running on WebGPU (Mali), as asked; it agrees with the CPU to 3e-7.",
            ),
            (
                Wish::Auto,
                none(),
                false,
                "Running on the CPU because this browser offers no WebGPU.",
            ),
            (
                Wish::WebGpu,
                none(),
                false,
                "Running on the CPU, and not on WebGPU as asked, because this browser offers no \
                 WebGPU.",
            ),
        ] {
            let (device, why) = choose(wish, found);
            assert_eq!((device.is_gpu(), why.as_str()), (gpu, sentence));
        }
    }

    #[test]
    fn wishes_are_written_in_links_by_their_names() {
        for wish in Wish::ALL {
            let written = serde_json::to_value(wish).expect("a name");
            assert_eq!(written, wish.name());
        }
    }
}
