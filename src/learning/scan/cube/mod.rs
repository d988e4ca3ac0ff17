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
//! | [`product`], [`activation`], [`noise`] | what they share |
//!
//! Memory is read and written in fours: four trials side by side in states, activity and
//! histories, four columns side by side in the weights.
//!
//! An update is six dispatches for any number of steps within one slice. A slice is as many steps
//! as a slow device finishes well within the two seconds after which a system would reset it.

#![allow(clippy::collapsible_if, reason = "a condition of compiling must stand alone")]
#![allow(clippy::too_many_lines, reason = "a scan is one kernel")]

mod activation;
mod adjoint;
mod backend;
mod forward;
mod gradient;
mod noise;
mod product;
mod step;

use product::CourseLaunch;
use step::PlacesLaunch;

use super::{Activation, Cell, Form, Noisy, Place, Readout};
use crate::error::{Error, Result};
use burn::backend::{DType, TensorMetadata};
use burn::tensor::Shape;
use burn_cubecl::{CubeDevice, ops::numeric::empty_device_contiguous_dtype, tensor::CubeTensor};
use cubecl::prelude::*;

/// Four numbers side by side.
type Four = Vector<f32, Const<4>>;
type FourWords = Vector<u32, Const<4>>;
type Truths = Vector<bool, Const<4>>;

/// The numbers of a noise, as kernels take them.
#[derive(CubeLaunch, CubeType)]
struct Field {
    size: f32,
    key_low: u32,
    key_high: u32,
    run: u32,
    /// What is added to the number of a trial.
    first: u32,
}

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

    /// Shares `count` out. What shares instructions comes in groups of `plane`, and `most` is a
    /// multiple of it.
    fn over(count: usize, most: usize, plane: usize) -> Self {
        let each = if plane <= SOFTWARE { MOST_EACH } else { 1 };
        let threads = count.div_ceil(each).next_multiple_of(plane).min(most);
        Self { threads, each: count.div_ceil(threads) }
    }
}

/// So few invocations share instructions where software imitates a graphics processor.
///
/// Hardware hides the wait for memory behind many invocations, which keep their numbers in
/// registers. Software has none to hide and every load costs it more than the arithmetic; it saves
/// loads where an invocation does more.
const SOFTWARE: usize = 4;
/// Rows that an invocation has in software. With more, compiling takes long.
const MOST_EACH: usize = 13;

/// All that the scans are compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::struct_excessive_bools, reason = "each is a choice of its own")]
struct Layout {
    units: usize,
    inputs: usize,
    outputs: usize,
    rows: usize,
    columns: usize,
    /// Trials of a workgroup, in fours.
    fours: usize,
    /// Of the rows of *A*, forwards.
    across: Span,
    /// Of its first columns, backwards.
    back: Span,
    /// Loops over what an invocation has are unrolled outside of the product, too, so that all its
    /// numbers can be in registers.
    unrolled: bool,
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
    /// ∂L/∂α is wanted.
    pulls: bool,
    /// Activity has a price.
    priced: bool,
}

impl Layout {
    /// Where in the weights the leak begins, in fours.
    fn leak(&self) -> usize {
        self.columns.div_ceil(4) * self.across.width()
    }

    /// Where *A* begins.
    fn back_from(&self) -> usize {
        self.leak() + self.units
    }

    /// Where *A* ends.
    fn weights(&self) -> usize {
        self.back_from() + self.rows.div_ceil(4) * self.back.width()
    }
}

/// What a plan is made for, beyond its sizes.
#[derive(Clone, Copy, Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "each is a choice of its own")]
pub(in crate::learning) struct Purpose {
    /// Inputs and targets are read from a recording, trial by trial.
    pub(in crate::learning) gathers: bool,
    /// There are targets, and the error is the mean square of what the outputs miss them by.
    pub(in crate::learning) compares: bool,
    /// The matrix is made of parameters by a table.
    pub(in crate::learning) places: bool,
    /// ∂L/∂α is wanted.
    pub(in crate::learning) leaks: bool,
    /// The loss has this times ½ Σ q² more.
    pub(in crate::learning) price: f32,
    /// At most this many steps in a dispatch; 0 for as many as are safe.
    pub(in crate::learning) at_once: usize,
    /// The kernels for hardware, on whatever there is.
    pub(in crate::learning) as_hardware: bool,
}

/// Multiplications of one workgroup, and of all, that even a slow device finishes in a fraction of
/// the two seconds after which it would be taken for dead.
const MOST_OF_ONE: usize = 400_000_000;
const MOST_OF_ALL: usize = 2_000_000_000;
/// Terms of the weight gradients that one workgroup sums; fewer workgroups when the chunks would
/// fill more than [`MOST_SUMS`] numbers.
const CHUNK: usize = 256;
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
    purpose: Purpose,
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
        let most = (hardware.max_units_per_cube as usize).min(THREADS);
        // A tile, and a number of each invocation.
        let tallest = rows.max(columns).next_multiple_of(4);
        let room = |fours: usize| {
            let bytes = hardware.max_shared_memory_size.saturating_sub(most * size_of::<f32>());
            bytes / (4 * fours * size_of::<f32>())
        };
        let plane = if purpose.as_hardware { 32 } else { hardware.plane_size_max as usize };
        let plane = plane.clamp(SOFTWARE, 32);
        let software = plane == SOFTWARE;
        let fours = if software && trials > 48 && tallest <= room(4) {
            4
        } else if trials > 4 && tallest <= room(2) {
            2
        } else {
            1
        };
        if tallest > room(fours) {
            let most = room(fours);
            return Err(Error::Gpu {
                why: format!(
                    "its workgroups have room for {most} units, inputs and outputs, and this \
                     network has {tallest}"
                ),
            });
        }
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
            fours,
            across: Span::over(rows, most, plane),
            back: Span::over(cell.units, most, plane),
            unrolled: !software,
            curve,
            filters_rates: cell.form == Form::Rate,
            linear: matches!(cell.readout, Readout::Linear { .. }),
            noise_inside: noise.is_some_and(|it| it.place == Place::Inside),
            noise_outside: noise.is_some_and(|it| it.place == Place::Outside),
            gathers: purpose.gathers,
            compares: purpose.compares,
            pulls: purpose.leaks,
            priced: purpose.price != 0.0,
        };
        let tile = 4 * fours;
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
            purpose,
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

    /// Trials, filled up to whole tiles.
    fn padded(&self) -> usize {
        self.trials.next_multiple_of(4 * self.layout.fours)
    }

    fn tiles(&self) -> usize {
        self.padded() / (4 * self.layout.fours)
    }

    /// Blocks of errors: one for each step, and one for the readout of the last state.
    fn blocks(&self) -> usize {
        self.steps + usize::from(self.layout.linear)
    }

    /// Numbers in a row of a history, `[step, trial]`.
    fn stretch(&self) -> usize {
        (self.steps + 1) * self.padded()
    }

    /// Numbers of the history of what is passed on, inputs and bias with it, `[column][step, trial]`.
    pub(in crate::learning) fn history(&self) -> usize {
        self.layout.columns * self.stretch()
    }

    /// Numbers of the history of rates, or of what changed the states, `[unit][step, trial]`; a few
    /// where there is none.
    pub(in crate::learning) fn rates(&self) -> usize {
        let kept = self.layout.filters_rates || self.layout.pulls;
        if kept { self.layout.units * self.stretch() } else { 4 }
    }

    /// Numbers of the errors δ and e, `[row][block, trial]`.
    pub(in crate::learning) fn deltas(&self) -> usize {
        self.layout.rows * self.stretch()
    }

    /// Numbers that go from slice to slice backwards.
    pub(in crate::learning) fn carry(&self) -> usize {
        self.errors() + 4 * self.tiles()
    }

    /// Numbers of the state, `[unit, trial]`.
    pub(in crate::learning) fn state(&self) -> usize {
        self.padded() * self.layout.units
    }

    /// Where the squared errors lie in the carry.
    fn errors(&self) -> usize {
        2 * self.state() + 4 * self.tiles() * self.layout.units
    }

    /// Numbers of the weights.
    pub(in crate::learning) fn weights(&self) -> usize {
        4 * self.layout.weights()
    }

    /// Into how many chunks the terms of the weight gradients are cut, and their length.
    fn chunks(&self) -> (usize, usize) {
        let terms = self.blocks() * self.padded();
        let most = (MOST_SUMS / (self.layout.rows * self.layout.columns)).max(1);
        let chunk = CHUNK.max(terms.div_ceil(most)).next_multiple_of(4 * gradient::DEEP);
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

    fn cubes(count: usize) -> (CubeCount, CubeDim) {
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
        let (count, dim) = Self::cubes(self.weights().max(self.state()));
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
            self.places(),
            self.trials,
            self.padded(),
            seen,
            self.purpose.places,
            self.purpose.gathers,
        );
    }

    fn places(&self) -> PlacesLaunch {
        let Layout { units, rows, columns, across, back, .. } = self.layout;
        let (leak, back_from, end) =
            (self.layout.leak(), self.layout.back_from(), self.layout.weights());
        PlacesLaunch::new(units, rows, columns, across.width(), back.width(), leak, back_from, end)
    }

    /// The steps from `first` on, of one dispatch.
    fn course(&self, first: usize) -> CourseLaunch {
        let blocks = self.blocks();
        let end = (first + self.slice).min(blocks);
        CourseLaunch::new(first, end, blocks, self.steps, self.trials)
    }

    fn field(&self) -> FieldLaunch {
        let (size, [low, high], run, first) = self.noise.map_or((0.0, [0; 2], 0, 0), |noise| {
            let (key, run) = noise.field.key_and_run();
            (noise.size, key, run, noise.first)
        });
        FieldLaunch::new(size, low, high, run, first)
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
        for first in (0..self.blocks()).step_by(self.slice) {
            forward::forward::launch(
                &self.client,
                CubeCount::Static(self.tiles() as u32, 1, 1),
                CubeDim::new_1d(self.layout.across.threads as u32),
                self.in_fours(weights),
                argument(inputs),
                argument(rows),
                self.in_fours(state),
                self.in_fours(passed),
                self.in_fours(rates),
                argument(outputs),
                self.course(first),
                self.shape,
                self.field(),
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
        let (active, pulls) =
            if self.layout.filters_rates { (rates, passed) } else { (passed, rates) };
        for first in (0..self.blocks().div_ceil(self.slice)).rev().map(|k| k * self.slice) {
            adjoint::adjoint::launch(
                &self.client,
                CubeCount::Static(self.tiles() as u32, 1, 1),
                CubeDim::new_1d(self.layout.back.threads as u32),
                self.in_fours(weights),
                self.in_fours(active),
                self.in_fours(pulls),
                argument(given),
                argument(rows),
                self.in_fours(deltas),
                self.in_fours(carry),
                self.course(first),
                self.shape,
                self.scale(),
                self.purpose.price,
                self.field(),
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
        sums: &CubeTensor,
    ) {
        use gradient::{SIDE, share};
        let Layout { rows, columns, .. } = self.layout;
        let (chunks, chunk) = self.chunks();
        let most = if self.layout.unrolled { 8 } else { MOST_EACH };
        let (down, along) = (share(rows, most), share(columns, most));
        let (high, wide) = (rows.div_ceil(SIDE * down), columns.div_ceil(SIDE * along));
        gradient::products::launch(
            &self.client,
            CubeCount::Static(wide as u32, high as u32, chunks as u32),
            CubeDim::new_1d((SIDE * SIDE) as u32),
            self.in_fours(deltas),
            self.in_fours(passed),
            argument(sums),
            rows,
            columns,
            self.blocks() * self.padded() / 4,
            chunk / 4,
            self.stretch() / 4,
            down,
            along,
            self.layout.unrolled,
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
            self.layout.rows * self.layout.columns,
            THREADS,
            self.purpose.places,
        );
    }

    /// A buffer as the kernels see it that take four numbers at once.
    fn in_fours(&self, tensor: &CubeTensor) -> BufferArg {
        let shape = Shape::new([tensor.shape().num_elements() / 4]);
        let (client, device, handle) =
            (self.client.clone(), self.device.clone(), tensor.handle.clone());
        CubeTensor::new_contiguous(client, device, shape, handle, DType::F32).into_buffer_arg()
    }

    /// One step of Adam, see [`step::descend`].
    pub(in crate::learning) fn descend(&self, moments: &Moments<'_>, descent: Descent) {
        let count = moments.parameters.shape().num_elements();
        let (cubes, dim) = Self::cubes(count);
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

fn argument(tensor: &CubeTensor) -> BufferArg {
    tensor.clone().into_buffer_arg()
}

/// Of a message with a backtrace, the message.
fn first_line(message: &str) -> String {
    message.lines().take(3).collect::<Vec<_>>().join(" ")
}
