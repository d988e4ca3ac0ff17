//! The scan on a graphics processor.
//!
//! A recurrent network is thousands of small dependent steps, and a browser charges for every
//! dispatch; so the whole time loop runs inside one kernel. Trials never meet: each workgroup
//! takes a tile of them, keeps their activity in its own memory, and streams the weights past it.
//!
//! | file | its kernels |
//! |---|---|
//! | [`forward`] | the network through time |
//! | [`adjoint`] | the adjoint back through time |
//! | [`gradient`] | the products of the two, summed over steps and trials in a fixed order |
//! | [`step`] | before: parameters into the matrix; after: clipping and Adam |
//! | [`activation`], [`noise`] | what they share |
//!
//! An update is six dispatches for any number of steps within one slice. A slice is as many steps
//! as a slow device finishes well within the two seconds after which a system would reset it.

mod activation;
mod adjoint;
mod backend;
mod forward;
mod gradient;
mod noise;
mod step;

use super::{Activation, Cell, Form, Noisy, Place, Readout};
use crate::error::{Error, Result};
use burn::backend::{DType, TensorMetadata};
use burn::tensor::Shape;
use burn_cubecl::{CubeDevice, ops::numeric::empty_device_contiguous_dtype, tensor::CubeTensor};
use cubecl::prelude::*;

/// Which activation, without its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Curve {
    Relu,
    Tanh,
    RectifiedTanh,
    Sigmoid,
    Softplus,
    ClippedRelu,
    ClippedSoftplus,
}

/// How the invocations of a workgroup share rows or columns: each has `each` of them, `threads`
/// apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Span {
    threads: usize,
    each: usize,
}

impl Span {
    fn width(&self) -> usize {
        self.threads * self.each
    }

    /// Shares `count` out. What shares instructions comes in groups of `plane`.
    fn over(count: usize, most: usize, plane: usize) -> Self {
        // Hardware hides the wait for memory behind many invocations; software has none to hide,
        // and saves loads where an invocation does more.
        let least = if plane < 16 { count.min(4) } else { 1 };
        let each = count.div_ceil(most).max(least);
        Self { threads: count.div_ceil(each).next_multiple_of(plane).min(most), each }
    }
}

/// All that a kernel is compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Layout {
    units: usize,
    inputs: usize,
    outputs: usize,
    rows: usize,
    columns: usize,
    /// Trials of a workgroup.
    tile: usize,
    /// Of the rows of *A*, forwards.
    across: Span,
    /// Of its first columns, backwards.
    back: Span,
    curve: Curve,
    /// [`Form::Rate`] and not [`Form::Current`].
    filters_rates: bool,
    /// [`Readout::Linear`] and not [`Readout::Rates`].
    linear: bool,
    noise_inside: bool,
    noise_outside: bool,
    /// Trials are rows of a recording, and not simply there.
    gathers: bool,
    /// Outputs are compared with targets, and not their gradient given.
    compares: bool,
    /// Elements of the matrix are made of parameters, and not the parameters themselves.
    places: bool,
    /// ∂L/∂α is wanted.
    pulls: bool,
}

/// What a plan is made for, beyond its sizes.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::learning) struct Purpose {
    /// Inputs and targets are read from a recording, trial by trial.
    pub(in crate::learning) gathers: bool,
    /// There are targets, and the error is the mean square of what the outputs miss them by.
    pub(in crate::learning) compares: bool,
    /// The matrix is made of parameters by a table.
    pub(in crate::learning) places: bool,
    /// ∂L/∂α is wanted.
    pub(in crate::learning) leaks: bool,
    /// At most this many steps in a dispatch; 0 for as many as are safe.
    pub(in crate::learning) at_once: usize,
}

/// Multiplications of one workgroup, and of all, that even a slow device finishes in a fraction of
/// the two seconds after which it would be taken for dead.
const MOST_OF_ONE: usize = 400_000_000;
const MOST_OF_ALL: usize = 2_000_000_000;
/// Terms of the weight gradients that one workgroup sums; fewer workgroups when the chunks would
/// fill more than [`MOST_SUMS`] numbers.
const CHUNK: usize = 512;
const MOST_SUMS: usize = 1 << 24;
/// Invocations of the workgroups that have no shape of their own.
const THREADS: usize = 256;
/// Most workgroups that add the chunks up.
const MOST_GROUPS: usize = 256;

/// One network, batch and duration on one device: everything but the numbers.
pub(in crate::learning) struct Plan {
    client: Client,
    device: CubeDevice,
    layout: Layout,
    /// Slope, sharpness or ceiling of the activation.
    shape: f32,
    noise: Option<Noisy>,
    pub(in crate::learning) trials: usize,
    pub(in crate::learning) steps: usize,
    /// Steps of one dispatch.
    pub(in crate::learning) slice: usize,
}

impl Plan {
    /// Plans `steps` steps of `trials` trials of `cell`.
    ///
    /// # Errors
    /// [`Error::Gpu`] when the network or its history is larger than the device takes.
    pub(in crate::learning) fn new(
        device: &CubeDevice,
        cell: &Cell,
        noise: Option<Noisy>,
        trials: usize,
        steps: usize,
        purpose: Purpose,
    ) -> Result<Self> {
        let client = device.client();
        let hardware = &client.properties().hardware;
        let (rows, columns) = (cell.rows(), cell.columns());
        let tallest = rows.max(columns);
        let fits =
            |tile: usize| tallest * tile * size_of::<f32>() <= hardware.max_shared_memory_size;
        let tile = if trials > 4 && fits(8) { 8 } else { 4 };
        if !fits(tile) {
            let most = hardware.max_shared_memory_size / (tile * size_of::<f32>());
            return Err(Error::Gpu {
                why: format!(
                    "its workgroups have room for {most} units, inputs and outputs, and this \
                     network has {tallest}"
                ),
            });
        }
        let most = (hardware.max_units_per_cube as usize).min(THREADS);
        let plane = (hardware.plane_size_min as usize).clamp(4, 32);
        let (curve, shape) = match cell.activation {
            Activation::Relu => (Curve::Relu, 1.0),
            Activation::Tanh => (Curve::Tanh, 1.0),
            Activation::RectifiedTanh => (Curve::RectifiedTanh, 1.0),
            Activation::Sigmoid { slope } => (Curve::Sigmoid, slope),
            Activation::Softplus { sharpness } => (Curve::Softplus, sharpness),
            Activation::ClippedRelu { ceiling } => (Curve::ClippedRelu, ceiling),
            Activation::ClippedSoftplus { ceiling } => (Curve::ClippedSoftplus, ceiling),
        };
        let layout = Layout {
            units: cell.units,
            inputs: cell.inputs,
            outputs: cell.outputs(),
            rows,
            columns,
            tile,
            across: Span::over(rows, most, plane),
            back: Span::over(cell.units, most, plane),
            curve,
            filters_rates: cell.form == Form::Rate,
            linear: matches!(cell.readout, Readout::Linear { .. }),
            noise_inside: noise.is_some_and(|it| it.place == Place::Inside),
            noise_outside: noise.is_some_and(|it| it.place == Place::Outside),
            gathers: purpose.gathers,
            compares: purpose.compares,
            places: purpose.places,
            pulls: purpose.leaks,
        };
        let padded = trials.next_multiple_of(tile);
        let work = rows * columns;
        let safe = (MOST_OF_ONE / (work * tile)).min(MOST_OF_ALL / (work * padded)).max(1);
        let slice = if purpose.at_once == 0 { safe } else { purpose.at_once };
        let most = client.properties().memory.max_page_size as usize / size_of::<f32>();
        let plan = Self {
            client,
            device: device.clone(),
            layout,
            shape: shape as f32,
            noise,
            trials,
            steps,
            slice,
        };
        let needed = plan.history().max(plan.deltas());
        if needed > most {
            return Err(Error::Gpu {
                why: format!(
                    "it can hold {most} numbers in one piece, and the history of {trials} trials \
                     of {steps} steps has {needed}"
                ),
            });
        }
        Ok(plan)
    }

    /// Whether outputs are those of a linear readout.
    pub(in crate::learning) fn linear(&self) -> bool {
        self.layout.linear
    }

    fn padded(&self) -> usize {
        self.trials.next_multiple_of(self.layout.tile)
    }

    fn tiles(&self) -> usize {
        self.padded() / self.layout.tile
    }

    /// Blocks of errors: one for each step, and one for the readout of the last state.
    fn blocks(&self) -> usize {
        self.steps + usize::from(self.layout.linear)
    }

    /// Numbers of the history of what is passed on, `[step, trial, unit]`.
    pub(in crate::learning) fn history(&self) -> usize {
        (self.steps + 1) * self.padded() * self.layout.units
    }

    /// Numbers of the history of rates, or of what changed the states; 1 where there is none.
    pub(in crate::learning) fn rates(&self) -> usize {
        let kept = self.layout.filters_rates || self.layout.pulls;
        if kept { self.steps * self.padded() * self.layout.units } else { 1 }
    }

    /// Numbers of the errors δ and e, `[step, trial, row]`.
    pub(in crate::learning) fn deltas(&self) -> usize {
        self.blocks() * self.padded() * self.layout.rows
    }

    /// Numbers that go from slice to slice backwards.
    pub(in crate::learning) fn carry(&self) -> usize {
        2 * self.state() + self.tiles() * (self.layout.units + 1)
    }

    /// Numbers of the state, `[trial, unit]`.
    pub(in crate::learning) fn state(&self) -> usize {
        self.padded() * self.layout.units
    }

    /// Where the squared errors lie in the carry.
    fn errors(&self) -> usize {
        2 * self.state() + self.tiles() * self.layout.units
    }

    /// Where the second form of the weights begins.
    fn offset(&self) -> usize {
        (self.layout.columns + 1) * self.layout.across.width()
    }

    /// Numbers of the weights in both forms.
    pub(in crate::learning) fn weights(&self) -> usize {
        self.offset() + (self.layout.rows + 1) * self.layout.back.width()
    }

    /// Into how many chunks the terms of the weight gradients are cut, and their length.
    fn chunks(&self) -> (usize, usize) {
        let terms = self.blocks() * self.padded();
        let most = (MOST_SUMS / (self.layout.rows * self.layout.columns)).max(1);
        let chunk = CHUNK.max(terms.div_ceil(most)).next_multiple_of(gradient::TERMS);
        (terms.div_ceil(chunk), chunk)
    }

    /// Numbers of the chunks of the weight gradients.
    pub(in crate::learning) fn sums(&self) -> usize {
        self.chunks().0 * self.layout.rows * self.layout.columns
    }

    /// Workgroups that add the chunks of `count` parameters up.
    pub(in crate::learning) fn groups(count: usize) -> usize {
        count.div_ceil(THREADS).clamp(1, MOST_GROUPS)
    }

    /// Room for `count` numbers on the device.
    pub(in crate::learning) fn room(&self, count: usize) -> CubeTensor {
        self.shaped([count])
    }

    /// Room for a tensor of single-precision numbers.
    fn shaped<const D: usize>(&self, shape: [usize; D]) -> CubeTensor {
        let shape = Shape::new(shape);
        empty_device_contiguous_dtype(self.client.clone(), self.device.clone(), shape, DType::F32)
    }

    /// Brings numbers to the device.
    pub(in crate::learning) fn upload(&self, values: &[f32]) -> CubeTensor {
        self.send(f32::as_bytes(values), values.len(), DType::F32)
    }

    /// Brings indices to the device.
    pub(in crate::learning) fn upload_indices(&self, values: &[u32]) -> CubeTensor {
        self.send(u32::as_bytes(values), values.len(), DType::U32)
    }

    fn send(&self, bytes: &[u8], count: usize, kind: DType) -> CubeTensor {
        let handle = self.client.create_from_slice(bytes);
        let shape = Shape::new([count]);
        CubeTensor::new_contiguous(self.client.clone(), self.device.clone(), shape, handle, kind)
    }

    /// Brings numbers back.
    ///
    /// # Errors
    /// [`Error::Gpu`] when the device stopped answering, or refused anything since the last time.
    pub(in crate::learning) async fn read(&self, tensors: &[&CubeTensor]) -> Result<Vec<Vec<f32>>> {
        let handles = tensors.iter().map(|tensor| tensor.handle.clone()).collect();
        let read = self.client.read_async(handles).await;
        let bytes = read.map_err(|error| Error::Gpu { why: first_line(&error.to_string()) })?;
        let counts = tensors.iter().map(|tensor| tensor.shape().num_elements());
        Ok(bytes
            .iter()
            .zip(counts)
            .map(|(all, count)| f32::from_bytes(all)[..count].to_vec())
            .collect())
    }

    fn cubes(&self, count: usize) -> (CubeCount, CubeDim) {
        (CubeCount::Static(count.div_ceil(THREADS) as u32, 1, 1), CubeDim::new_1d(THREADS as u32))
    }

    /// Makes `weights` and the first `state`, see [`step::prepare`]; of the state, the first
    /// `seen` units are given.
    #[allow(clippy::too_many_arguments, reason = "one for each buffer")]
    pub(in crate::learning) fn prepare(
        &self,
        parameters: &CubeTensor,
        sources: &CubeTensor,
        leak: &CubeTensor,
        start: &CubeTensor,
        seen: usize,
        rows: &CubeTensor,
        weights: &CubeTensor,
        state: &CubeTensor,
    ) {
        let (count, dim) = self.cubes(self.weights().max(self.state()));
        step::prepare::launch(
            &self.client,
            count,
            dim,
            argument(parameters),
            argument(sources),
            argument(leak),
            argument(start),
            argument(rows),
            argument(weights),
            argument(state),
            self.offset(),
            self.weights(),
            self.trials,
            self.padded(),
            seen,
            self.layout,
        );
    }

    /// Runs the network forwards; `outputs` are those of a linear readout, or the rates that are
    /// seen, or with a comparison the errors' place.
    #[allow(clippy::too_many_arguments, reason = "one for each buffer")]
    pub(in crate::learning) fn forward(
        &self,
        weights: &CubeTensor,
        inputs: &CubeTensor,
        rows: &CubeTensor,
        state: &CubeTensor,
        passed: &CubeTensor,
        rates: &CubeTensor,
        outputs: &CubeTensor,
    ) {
        let total = self.blocks();
        let (size, [low, high], run, first_trial) = numbers(self.noise);
        for first in (0..total).step_by(self.slice) {
            forward::forward::launch(
                &self.client,
                CubeCount::Static(self.tiles() as u32, 1, 1),
                CubeDim::new_1d(self.layout.across.threads as u32),
                argument(weights),
                argument(inputs),
                argument(rows),
                argument(state),
                argument(passed),
                argument(rates),
                argument(outputs),
                first,
                (first + self.slice).min(total),
                self.steps,
                self.trials,
                self.shape,
                size,
                low,
                high,
                run,
                first_trial,
                self.layout,
            );
        }
    }

    /// Runs the adjoint backwards; `given` is ∂L/∂outputs, or the targets of a comparison.
    #[allow(clippy::too_many_arguments, reason = "one for each buffer")]
    pub(in crate::learning) fn adjoint(
        &self,
        weights: &CubeTensor,
        passed: &CubeTensor,
        rates: &CubeTensor,
        given: &CubeTensor,
        rows: &CubeTensor,
        deltas: &CubeTensor,
        carry: &CubeTensor,
    ) {
        let total = self.blocks();
        let (size, [low, high], run, first_trial) = numbers(self.noise);
        let (active, pulls) =
            if self.layout.filters_rates { (rates, passed) } else { (passed, rates) };
        for first in (0..total).step_by(self.slice).collect::<Vec<_>>().into_iter().rev() {
            adjoint::adjoint::launch(
                &self.client,
                CubeCount::Static(self.tiles() as u32, 1, 1),
                CubeDim::new_1d(self.layout.back.threads as u32),
                argument(weights),
                argument(active),
                argument(pulls),
                argument(given),
                argument(rows),
                argument(deltas),
                argument(carry),
                first,
                (first + self.slice).min(total),
                total,
                self.steps,
                self.trials,
                self.offset(),
                self.shape,
                self.scale(),
                size,
                low,
                high,
                run,
                first_trial,
                self.layout,
            );
        }
    }

    /// Twice the weight of one squared error in their mean.
    fn scale(&self) -> f32 {
        2.0 * self.per_number()
    }

    /// The weight of one squared error in their mean.
    fn per_number(&self) -> f32 {
        (1.0 / (self.steps * self.trials * self.layout.outputs) as f64) as f32
    }

    /// The products of errors and activity, chunk by chunk.
    pub(in crate::learning) fn products(
        &self,
        deltas: &CubeTensor,
        passed: &CubeTensor,
        inputs: &CubeTensor,
        rows: &CubeTensor,
        sums: &CubeTensor,
    ) {
        use gradient::{COLUMNS, ROWS, SIDE};
        let (chunks, chunk) = self.chunks();
        let wide = self.layout.columns.div_ceil(SIDE * COLUMNS);
        let high = self.layout.rows.div_ceil(SIDE * ROWS);
        gradient::products::launch(
            &self.client,
            CubeCount::Static(wide as u32, high as u32, chunks as u32),
            CubeDim::new_1d((SIDE * SIDE) as u32),
            argument(deltas),
            argument(passed),
            argument(inputs),
            argument(rows),
            argument(sums),
            self.blocks() * self.padded(),
            chunk,
            self.steps,
            self.trials,
            self.padded(),
            self.layout,
        );
    }

    /// Adds the chunks up to the gradient, see [`gradient::collect`].
    pub(in crate::learning) fn collect(
        &self,
        sums: &CubeTensor,
        places: &CubeTensor,
        parameters: &CubeTensor,
        gradient: &CubeTensor,
        lengths: &CubeTensor,
    ) {
        let count = gradient.shape().num_elements();
        gradient::collect::launch(
            &self.client,
            CubeCount::Static(Self::groups(count) as u32, 1, 1),
            CubeDim::new_1d(THREADS as u32),
            argument(sums),
            argument(places),
            argument(parameters),
            argument(gradient),
            argument(lengths),
            count,
            self.chunks().0,
            THREADS,
            self.layout,
        );
    }

    /// One step of Adam, see [`step::descend`].
    pub(in crate::learning) fn descend(&self, moments: &Moments<'_>, descent: Descent) {
        let count = moments.parameters.shape().num_elements();
        let (cubes, dim) = self.cubes(count);
        step::descend::launch(
            &self.client,
            cubes,
            dim,
            argument(moments.parameters),
            argument(moments.mean),
            argument(moments.square),
            argument(moments.gradient),
            argument(moments.lengths),
            argument(moments.carry),
            argument(moments.record),
            count,
            Self::groups(count),
            self.errors(),
            self.tiles(),
            descent.slot,
            self.per_number(),
            descent.clip,
            descent.rate,
            descent.decay,
            descent.mean_decay,
            descent.square_decay,
            descent.mean_bias,
            descent.square_bias,
            descent.epsilon,
        );
    }
}

/// What a step of Adam reads and writes.
pub(in crate::learning) struct Moments<'a> {
    pub(in crate::learning) parameters: &'a CubeTensor,
    pub(in crate::learning) mean: &'a CubeTensor,
    pub(in crate::learning) square: &'a CubeTensor,
    pub(in crate::learning) gradient: &'a CubeTensor,
    /// Σg² and Σθ² of each workgroup of [`Plan::collect`].
    pub(in crate::learning) lengths: &'a CubeTensor,
    pub(in crate::learning) carry: &'a CubeTensor,
    /// Error, length of the gradient and length of the parameters, update after update.
    pub(in crate::learning) record: &'a CubeTensor,
}

/// The numbers of one step of Adam.
#[derive(Clone, Copy, Debug)]
pub(in crate::learning) struct Descent {
    /// Where in the record this update belongs.
    pub(in crate::learning) slot: usize,
    /// The longest a gradient may be; 0 for any length.
    pub(in crate::learning) clip: f32,
    pub(in crate::learning) rate: f32,
    pub(in crate::learning) decay: f32,
    pub(in crate::learning) mean_decay: f32,
    pub(in crate::learning) square_decay: f32,
    /// 1 − β₁ᵏ and 1 − β₂ᵏ.
    pub(in crate::learning) mean_bias: f32,
    pub(in crate::learning) square_bias: f32,
    pub(in crate::learning) epsilon: f32,
}

/// Size, key, run and first trial of a noise, as kernels take them.
fn numbers(noise: Option<Noisy>) -> (f32, [u32; 2], u32, usize) {
    noise.map_or((0.0, [0; 2], 0, 0), |noise| {
        let (key, run) = noise.field.key_and_run();
        (noise.size, key, run, noise.first as usize)
    })
}

fn argument(tensor: &CubeTensor) -> BufferArg {
    tensor.clone().into_buffer_arg()
}

/// Of a message with a backtrace, the message.
fn first_line(message: &str) -> String {
    message.lines().take(3).collect::<Vec<_>>().join(" ")
}
