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
use super::train::Training;
use super::weights::{Init, Shape, Weights};
use crate::crew::Crew;
use crate::error::{Error, Result};
use crate::rng::Rng;
use burn::tensor::{self, Tensor};
use ndarray::{Array2, Array3};
use serde::{Deserialize, Serialize};

/// Two devices that differ by more than this part of the largest gradient do not compute the
/// same thing: rounding alone makes some 10⁻⁶.
const TOLERANCE: f64 = 2e-5;

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

/// What is going to be trained: what two devices race with.
#[derive(Clone, Copy)]
pub struct Model<'a> {
    /// The student at its beginning.
    pub weights: &'a Weights,
    /// How it is trained.
    pub training: Training,
    /// Who helps the CPU.
    pub crew: &'a Crew,
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

    /// The graphics processor, if this is one, as its kernels know it.
    #[cfg(feature = "gpu")]
    pub(super) fn graphics(&self) -> Option<&burn_cubecl::CubeDevice> {
        match self.on.as_dispatch() {
            burn::backend::DispatchDevice::Cube(device) => Some(device),
            _ => None,
        }
    }
}

/// The best device that `wish` allows, and one sentence about why it is that one. Of two that are
/// allowed, the one is best that is faster in a short race, training the `model` as it will be
/// trained; without a model, the graphics processor.
///
/// `gpu_obstacle` is what the surroundings already know to stand in the way of WebGPU, as the
/// end of a sentence (“this browser offers no WebGPU”); empty if nothing does. WebGPU is set up
/// once in a process, by the first call that gets so far.
pub async fn open(wish: Wish, gpu_obstacle: &str, model: Option<Model<'_>>) -> (Device, String) {
    if wish == Wish::Cpu {
        return (Device::cpu(), "Running on the CPU, as asked.".into());
    }
    let obstacle = gpu_obstacle.trim().trim_end_matches('.');
    let mut found = if obstacle.is_empty() { graphics().await } else { Err(obstacle.into()) };
    let mut times = None;
    if let (Ok(Graphics { device, software: false, .. }), Some(model), Wish::Auto) =
        (&found, model, wish)
    {
        match race([device, &Device::cpu()], model).await {
            Ok(took) => times = Some(took),
            Err(error) => found = Err(error.to_string()),
        }
    }
    choose(wish, found, times)
}

/// What to make of the graphics processor that was `found`, or of the reason why none was, and of
/// the milliseconds that an update took it and the CPU.
fn choose(
    wish: Wish,
    found: Result<Graphics, String>,
    times: Option<[f64; 2]>,
) -> (Device, String) {
    match found {
        Ok(it) if it.software && wish == Wish::Auto => {
            let name = it.name;
            let why = format!("Running on the CPU because WebGPU here is only software{name}.");
            (Device::cpu(), why)
        }
        Ok(Graphics { device, name, agreement, .. }) => {
            let reason = match times {
                Some([graphics, cpu]) if cpu < graphics => {
                    let why = format!(
                        "Running on the CPU because an update takes it {cpu:.1} ms, and WebGPU\
                         {name} {graphics:.1} ms."
                    );
                    return (Device::cpu(), why);
                }
                Some([graphics, cpu]) => {
                    format!(" because an update takes it {graphics:.1} ms, and the CPU {cpu:.1} ms")
                }
                None if wish == Wish::Auto => " because there is a graphics processor".into(),
                None => ", as asked".into(),
            };
            let why = format!(
                "Running on WebGPU{name}{reason}; it agrees with the CPU to {agreement:.0e}, \
                 where {TOLERANCE:.0e} is allowed."
            );
            (device, why)
        }
        Err(obstacle) => {
            let wished = if wish == Wish::WebGpu { ", and not on WebGPU as asked," } else { "" };
            (Device::cpu(), format!("Running on the CPU{wished} because {obstacle}."))
        }
    }
}

/// How many milliseconds an update of this training takes on each device. Natively without
/// WebGPU there is nothing to choose from, and no need of a clock.
#[cfg(not(feature = "gpu"))]
fn race(_: [&Device; 2], _: Model<'_>) -> std::future::Ready<Result<[f64; 2]>> {
    std::future::ready(Ok([f64::INFINITY, 0.0]))
}

/// How many milliseconds an update of this training takes on each device: two updates after one,
/// in which kernels are compiled, on numbers that do not matter.
#[cfg(feature = "gpu")]
#[allow(clippy::disallowed_methods, reason = "this clock works in a browser, too")]
async fn race(devices: [&Device; 2], model: Model<'_>) -> Result<[f64; 2]> {
    use super::recording::Recording;
    use super::train::Trainer;
    use web_time::Instant;

    let Model { weights, training, crew } = model;
    let (batch, times) = (training.batch, training.window + 1);
    let mut rng = Rng::stream(0, "device race");
    let rates =
        Array3::from_shape_simple_fn((batch, times, weights.shape().observed), || rng.uniform());
    let recording = Recording::new(rates.view(), Array2::zeros((batch, times)).view())?;
    let mut took = [0.0; 2];
    for (device, took) in devices.into_iter().zip(&mut took) {
        let training = Training { updates: u64::MAX, ..training };
        let mut trainer = Trainer::new(device, weights, training, 4, &rng)?.with_crew(crew);
        trainer.update(&recording).await?;
        trainer.weights().await?;
        let began = Instant::now();
        for _ in 0..2 {
            trainer.update(&recording).await?;
        }
        trainer.weights().await?;
        *took = began.elapsed().as_secs_f64() * 1e3 / 2.0;
    }
    Ok(took)
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

/// The graphics processor, by hardware or by software, whichever there is; for tests of kernels,
/// which have nothing to test without it.
#[cfg(all(test, feature = "gpu"))]
pub(super) fn graphics_for_tests() -> Device {
    match wait_for_tests(graphics()) {
        Ok(found) => found.device,
        Err(why) => panic!("kernels cannot be tested: {why}"),
    }
}

/// Waits by asking again and again.
#[cfg(all(test, feature = "gpu"))]
pub(super) fn wait_for_tests<F: Future>(future: F) -> F::Output {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    loop {
        if let std::task::Poll::Ready(it) = future.as_mut().poll(&mut context) {
            return it;
        }
        std::thread::yield_now();
    }
}

/// This build knows no graphics processor.
#[cfg(not(feature = "gpu"))]
fn graphics() -> std::future::Ready<Result<Graphics, String>> {
    std::future::ready(Err("this build of the laboratory has no WebGPU in it".into()))
}

/// The graphics processor, set up and tested by the first call; who calls meanwhile waits for it.
#[cfg(feature = "gpu")]
async fn graphics() -> Result<Graphics, String> {
    use std::sync::{Mutex, PoisonError};
    use std::task::{Poll, Waker};

    /// How far it is. A second initialisation is an error: failure, too, is remembered.
    enum SetUp {
        Untried,
        UnderWay(Vec<Waker>),
        Over(Result<Graphics, String>),
    }
    static SET_UP: Mutex<SetUp> = Mutex::new(SetUp::Untried);
    let so_far = || SET_UP.lock().unwrap_or_else(PoisonError::into_inner);

    let first = {
        let mut so_far = so_far();
        let untried = matches!(*so_far, SetUp::Untried);
        if untried {
            *so_far = SetUp::UnderWay(Vec::new());
        }
        untried
    };
    if first {
        let found = set_up().await;
        if let SetUp::UnderWay(waiting) = std::mem::replace(&mut *so_far(), SetUp::Over(found)) {
            waiting.into_iter().for_each(Waker::wake);
        }
    }
    std::future::poll_fn(|context| match &mut *so_far() {
        SetUp::Over(found) => Poll::Ready(found.clone()),
        SetUp::UnderWay(waiting) => {
            waiting.push(context.waker().clone());
            Poll::Pending
        }
        SetUp::Untried => unreachable!("somebody was the first"),
    })
    .await
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
        for (wish, found, times, gpu, sentence) in [
            (
                Wish::Auto,
                Ok(found(false)),
                Some([3.0, 12.5]),
                true,
                "Running on WebGPU (Mali) because an update takes it 3.0 ms, and the CPU 12.5 ms; \
                 it agrees with the CPU to 3e-7, where 2e-5 is allowed.",
            ),
            (
                Wish::Auto,
                Ok(found(false)),
                Some([9.0, 2.0]),
                false,
                "Running on the CPU because an update takes it 2.0 ms, and WebGPU (Mali) 9.0 ms.",
            ),
            (
                Wish::Auto,
                Ok(found(true)),
                None,
                false,
                "Running on the CPU because WebGPU here is only software (Mali).",
            ),
            (
                Wish::WebGpu,
                Ok(found(true)),
                None,
                true,
                "Running on WebGPU (Mali), as asked; it agrees with the CPU to 3e-7, where 2e-5 \
                 is allowed.",
            ),
            (
                Wish::Auto,
                none(),
                None,
                false,
                "Running on the CPU because this browser offers no WebGPU.",
            ),
            (
                Wish::WebGpu,
                none(),
                None,
                false,
                "Running on the CPU, and not on WebGPU as asked, because this browser offers no \
                 WebGPU.",
            ),
        ] {
            let (device, why) = choose(wish, found, times);
            assert_eq!((device.is_gpu(), why.as_str()), (gpu, sentence));
        }
    }

    #[cfg(feature = "gpu")]
    #[test]
    fn the_graphics_processor_is_set_up_once_for_all_who_ask_at_once() {
        let both = [(); 2].map(|()| std::thread::spawn(super::graphics_for_tests));
        for one in both {
            assert!(one.join().expect("it is found").is_gpu());
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
