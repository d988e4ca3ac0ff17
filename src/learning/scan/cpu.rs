//! The scan on a CPU: fused in time, free of allocation, the trials of a shard in the lanes.
//!
//! A shard is a part of the batch, at most [`MOST_TRIALS`] trials, run from beginning to end with
//! its state in the nearest cache. All arrays that go in and come out are `[step][channel][lane]`,
//! [`Scan::width`] lanes wide; lanes beyond the trials hold zeros.
//!
//! The one kernel is a block of a matrix product, a few rows × a few vectors, of which the rows
//! come from a panel that was packed once for the update. It serves forwards (the matrix × the
//! trials), backwards (its transpose × the trials), and for the weight gradients (the errors × the
//! activity, turned so that trials and steps are summed over, a few steps at a time while they are
//! still in the cache). Every sum runs over its terms in one fixed order.
//!
//! ```
//! use attractor_lab::learning::scan::{Activation, Cell, Drive, Form, Matrix, Readout, Scan};
//!
//! // One unit that excites itself, read out twice: x₁ = (1 − α) x₀ + α max(w x₀, 0).
//! let cell = Cell {
//!     units: 1,
//!     inputs: 0,
//!     readout: Readout::Linear { outputs: 1 },
//!     form: Form::Rate,
//!     activation: Activation::Relu,
//! };
//! let mut matrix = Matrix::new(cell);
//! matrix.pack(&[3.0, 0.0, 2.0, 0.0]); // w and b, then the readout and its bias
//! let mut scan = Scan::new(cell, 1, 1);
//! let mut start = vec![0.0; scan.width()];
//! start[0] = 1.0;
//! let drive = Drive { leak: &[0.5], start: &start, inputs: &[], noise: None };
//! scan.forward(&matrix, &drive);
//! assert_eq!((scan.output(0)[0], scan.output(1)[0]), (2.0, 4.0));
//!
//! // L = y₁: ∂L/∂w = 2 · α f′ x₀.
//! scan.upstream_mut(1)[0] = 1.0;
//! let mut gradient = vec![0.0; 4];
//! scan.backward(&matrix, &drive, 0.0, &mut gradient);
//! assert_eq!(gradient, [1.0, 1.0, 2.0, 1.0]);
//! ```

#![allow(unsafe_code, reason = "the inner loops; every length is checked when a scan begins")]
#![allow(clippy::inline_always, reason = "instructions must reach the function that enables them")]

use super::activation::{Activate, with_activation};
use super::simd::{F32x4, Scalar, Vector};
#[cfg(target_arch = "x86_64")]
use super::simd::{F32x8, F32x16};
use super::{Cell, Form, Lanes, Noise, Readout};
use serde::{Deserialize, Serialize};
use std::{
    ops::{Deref, DerefMut},
    slice,
};

/// Most trials of a shard.
pub const MOST_TRIALS: usize = 16;
/// Terms of the weight gradients that are summed at once: what fits the nearest cache.
const TERMS: usize = 256;

/// The matrix *A* and its transpose, in the panels that the kernel reads.
#[derive(Clone, Debug)]
pub struct Matrix {
    cell: Cell,
    lanes: Lanes,
    panels: Panels<f32>,
}

#[derive(Clone, Debug)]
struct Panels<S> {
    /// `[panel of rows][column][row in the panel]` of *A*.
    ahead: Aligned<S>,
    /// The same of the transpose, its first N rows only: nothing else is carried back.
    back: Aligned<S>,
}

impl Matrix {
    /// Room for the matrix of `cell`.
    #[must_use]
    pub fn new(cell: Cell) -> Self {
        Self::on(cell, Lanes::best())
    }

    /// Room for the matrix of `cell`, for a scan with these `lanes`.
    #[must_use]
    pub fn on(cell: Cell, lanes: Lanes) -> Self {
        let rows = block_rows(lanes);
        Self { cell, lanes, panels: Panels::new(&cell, rows) }
    }

    /// Packs *A*, `[row][column]`, see [`Cell`].
    ///
    /// # Panics
    /// When `matrix` is not as large as the cell says.
    pub fn pack(&mut self, matrix: &[f32]) {
        self.panels.pack(&self.cell, block_rows(self.lanes), matrix);
    }
}

impl<S: Scalar> Panels<S> {
    fn new(cell: &Cell, rows: usize) -> Self {
        let ahead = cell.rows().next_multiple_of(rows) * cell.columns();
        let back = cell.units.next_multiple_of(rows) * cell.rows();
        Self { ahead: Aligned::zeros(ahead), back: Aligned::zeros(back) }
    }

    fn pack(&mut self, cell: &Cell, block: usize, matrix: &[S]) {
        let (rows, columns) = (cell.rows(), cell.columns());
        assert_eq!(matrix.len(), rows * columns, "the matrix is rows × columns");
        for (panel, rows) in
            self.ahead.chunks_exact_mut(block * columns).zip((0..rows).step_by(block))
        {
            let taken = block.min(cell.rows() - rows);
            for row in 0..taken {
                let from = &matrix[(rows + row) * columns..][..columns];
                for (to, &value) in panel[row..].iter_mut().step_by(block).zip(from) {
                    *to = value;
                }
            }
        }
        for (panel, first) in
            self.back.chunks_exact_mut(block * rows).zip((0..cell.units).step_by(block))
        {
            let taken = block.min(cell.units - first);
            for (to, from) in panel.chunks_exact_mut(block).zip(matrix.chunks_exact(columns)) {
                to[..taken].copy_from_slice(&from[first..first + taken]);
            }
        }
    }
}

/// What a shard runs under, beside the matrix.
#[derive(Clone, Copy, Debug)]
pub struct Drive<'a> {
    /// α, `[unit]`, in (0, 1].
    pub leak: &'a [f32],
    /// x₀, `[unit][lane]`.
    pub start: &'a [f32],
    /// u₁ … `u_S`, `[step][input][lane]`.
    pub inputs: &'a [f32],
    /// ξ and η.
    pub noise: Option<Noisy>,
}

/// Noise on the units of a shard.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Noisy {
    /// Where the numbers come from.
    pub field: Noise,
    /// The number of the shard's first trial in the field.
    pub first: u32,
    /// Standard deviation.
    pub size: f32,
    /// Which of the two.
    pub place: Place,
}

/// Where noise enters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Place {
    /// ξ: it joins the drive, inside the activation of [`Form::Rate`].
    Inside,
    /// η: it is added to the rate in [`Form::Rate`], to the state in [`Form::Current`].
    Outside,
}

/// One shard's way through time, and everything that is remembered on it.
#[derive(Clone, Debug)]
pub struct Scan {
    lanes: Lanes,
    buffers: Buffers<f32>,
}

impl Scan {
    /// Room for `steps` steps of `trials` trials of `cell`.
    ///
    /// # Panics
    /// When `trials` is 0 or more than [`MOST_TRIALS`], or `steps` is 0.
    #[must_use]
    pub fn new(cell: Cell, trials: usize, steps: usize) -> Self {
        Self::on(cell, trials, steps, Lanes::best())
    }

    /// The same with vectors of these `lanes`; the results do not depend on them.
    ///
    /// # Panics
    /// As [`Scan::new`].
    #[must_use]
    pub fn on(cell: Cell, trials: usize, steps: usize, lanes: Lanes) -> Self {
        let buffers = match lanes {
            Lanes::Four => Buffers::new::<F32x4>(cell, trials, steps),
            #[cfg(target_arch = "x86_64")]
            Lanes::Eight => Buffers::new::<F32x8>(cell, trials, steps),
            #[cfg(target_arch = "x86_64")]
            Lanes::Sixteen => Buffers::new::<F32x16>(cell, trials, steps),
        };
        Self { lanes, buffers }
    }

    /// How wide the lanes of all arrays are: the trials, rounded up to whole vectors.
    #[must_use]
    pub fn width(&self) -> usize {
        self.buffers.width
    }

    /// Number of trials.
    #[must_use]
    pub fn trials(&self) -> usize {
        self.buffers.trials
    }

    /// Number of steps, *S*.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.buffers.steps
    }

    /// The same, with the states kept: for the gradient of the leak, and for a price on activity.
    #[must_use]
    pub fn keeping_states(mut self) -> Self {
        let Buffers { cell, steps, width, .. } = self.buffers;
        self.buffers.states = Aligned::zeros((steps + 1) * cell.units * width);
        self.buffers.leak_gradient = Aligned::zeros(cell.units * width);
        self
    }

    /// Runs the network.
    ///
    /// # Panics
    /// When `matrix` belongs to another cell, or an array is of another size.
    pub fn forward(&mut self, matrix: &Matrix, drive: &Drive) {
        self.fits(matrix);
        let drive = drive.plain();
        self.buffers.check(&drive);
        match self.lanes {
            Lanes::Four => forward::<F32x4>(&mut self.buffers, &matrix.panels, &drive),
            // SAFETY: the lanes are among the available ones.
            #[cfg(target_arch = "x86_64")]
            Lanes::Eight => unsafe { forward_8(&mut self.buffers, &matrix.panels, &drive) },
            // SAFETY: the lanes are among the available ones.
            #[cfg(target_arch = "x86_64")]
            Lanes::Sixteen => unsafe { forward_16(&mut self.buffers, &matrix.panels, &drive) },
        }
    }

    /// What came out of step `step` of the last [`Scan::forward`], `[channel][lane]`: of 0 … *S*
    /// with a linear readout, of 1 … *S* for rates.
    ///
    /// # Panics
    /// When there is no such step.
    #[must_use]
    pub fn output(&self, step: usize) -> &[f32] {
        self.buffers.output(step)
    }

    /// Where ∂L/∂ of [`Scan::output`] of that step belongs before [`Scan::backward`].
    ///
    /// # Panics
    /// When there is no such step.
    pub fn upstream_mut(&mut self, step: usize) -> &mut [f32] {
        let place = self.buffers.place(step);
        &mut self.buffers.upstream[place]
    }

    /// The output and the upstream gradient of one step, to make one out of the other.
    ///
    /// # Panics
    /// When there is no such step.
    pub fn output_and_upstream(&mut self, step: usize) -> (&[f32], &mut [f32]) {
        let place = self.buffers.place(step);
        let Buffers { rates, readouts, upstream, linear, cell, width, .. } = &mut self.buffers;
        let first = step * cell.units * *width;
        let output =
            if *linear { &readouts[place.clone()] } else { &rates[first..first + place.len()] };
        (output, &mut upstream[place])
    }

    /// Goes back through the last [`Scan::forward`], which ran under the same `drive`, and adds
    /// ∂L/∂*A*, `[row][column]`, to `gradient`. The loss has `price` · ½ Σ qₛ² more, over units,
    /// trials and *s* = 0 … *S*.
    ///
    /// # Panics
    /// When `matrix` belongs to another cell, an array is of another size, or there is a price and
    /// the states were not kept.
    pub fn backward(&mut self, matrix: &Matrix, drive: &Drive, price: f32, gradient: &mut [f32]) {
        self.fits(matrix);
        let size = self.buffers.cell.rows() * self.buffers.cell.columns();
        assert_eq!(gradient.len(), size, "the gradient is rows × columns");
        assert!(price == 0.0 || !self.buffers.states.is_empty(), "a price needs the states");
        let drive = drive.plain();
        self.buffers.check(&drive);
        match self.lanes {
            Lanes::Four => backward::<F32x4>(&mut self.buffers, &matrix.panels, &drive, price),
            // SAFETY: the lanes are among the available ones.
            #[cfg(target_arch = "x86_64")]
            Lanes::Eight => unsafe { backward_8(&mut self.buffers, &matrix.panels, &drive, price) },
            // SAFETY: the lanes are among the available ones.
            #[cfg(target_arch = "x86_64")]
            Lanes::Sixteen => unsafe {
                backward_16(&mut self.buffers, &matrix.panels, &drive, price);
            },
        }
        self.buffers.add_gradient(gradient);
    }

    /// Adds ∂L/∂α, `[unit]`, to `gradient`, after [`Scan::backward`] of a scan that keeps states.
    ///
    /// # Panics
    /// When the states were not kept, or the gradient is of another size.
    pub fn add_leak_gradient(&self, gradient: &mut [f32]) {
        let Buffers { cell, width, leak_gradient, .. } = &self.buffers;
        assert!(!leak_gradient.is_empty(), "the leak's gradient needs the states");
        assert_eq!(gradient.len(), cell.units, "there is one leak for each unit");
        for (to, row) in gradient.iter_mut().zip(leak_gradient.chunks_exact(*width)) {
            *to += row.iter().sum::<f32>();
        }
    }

    /// ∂L/∂x₀ after [`Scan::backward`], `[unit][lane]`.
    #[must_use]
    pub fn start_gradient(&self) -> &[f32] {
        &self.buffers.carried
    }

    /// The rates of step `step` of the last [`Scan::forward`], `[unit][lane]`; of 0 … *S* in
    /// [`Form::Current`], of 1 … *S* in [`Form::Rate`].
    ///
    /// # Panics
    /// When there is no such step.
    #[must_use]
    pub fn rates(&self, step: usize) -> &[f32] {
        let size = self.buffers.cell.units * self.buffers.width;
        &self.buffers.rates[step * size..(step + 1) * size]
    }

    /// The states x of step `step` of the last [`Scan::forward`], `[unit][lane]`; of 0 … *S*.
    ///
    /// # Panics
    /// When there is no such step, or the states were not kept.
    #[must_use]
    pub fn states(&self, step: usize) -> &[f32] {
        let size = self.buffers.cell.units * self.buffers.width;
        &self.buffers.states[step * size..(step + 1) * size]
    }

    fn fits(&self, matrix: &Matrix) {
        assert!(
            matrix.cell == self.buffers.cell && matrix.lanes == self.lanes,
            "the matrix was packed for this network and these lanes"
        );
    }
}

fn block_rows(lanes: Lanes) -> usize {
    match lanes {
        Lanes::Four => F32x4::ROWS,
        #[cfg(target_arch = "x86_64")]
        Lanes::Eight => F32x8::ROWS,
        #[cfg(target_arch = "x86_64")]
        Lanes::Sixteen => F32x16::ROWS,
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx")]
fn forward_8(buffers: &mut Buffers<f32>, panels: &Panels<f32>, drive: &Plain<f32>) {
    forward::<F32x8>(buffers, panels, drive);
}
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
fn forward_16(buffers: &mut Buffers<f32>, panels: &Panels<f32>, drive: &Plain<f32>) {
    forward::<F32x16>(buffers, panels, drive);
}
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx")]
fn backward_8(buffers: &mut Buffers<f32>, panels: &Panels<f32>, drive: &Plain<f32>, price: f32) {
    backward::<F32x8>(buffers, panels, drive, price);
}
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
fn backward_16(buffers: &mut Buffers<f32>, panels: &Panels<f32>, drive: &Plain<f32>, price: f32) {
    backward::<F32x16>(buffers, panels, drive, price);
}

/// [`Drive`] in either precision.
#[derive(Clone, Copy)]
struct Plain<'a, S> {
    leak: &'a [S],
    start: &'a [S],
    inputs: &'a [S],
    noise: Option<Noisy>,
}

impl<'a> Drive<'a> {
    fn plain(&self) -> Plain<'a, f32> {
        let Self { leak, start, inputs, noise } = *self;
        Plain { leak, start, inputs, noise }
    }
}

/// Numbers that begin where a line of the cache does, so that no vector lies across two lines.
#[derive(Clone, Debug)]
struct Aligned<S> {
    lines: Vec<Line<S>>,
    length: usize,
}

#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
struct Line<S>([S; 16]);

impl<S: Scalar> Aligned<S> {
    fn zeros(length: usize) -> Self {
        Self { lines: vec![Line([S::default(); 16]); length.div_ceil(16)], length }
    }
}

impl<S> Deref for Aligned<S> {
    type Target = [S];
    fn deref(&self) -> &[S] {
        // SAFETY: the lines hold at least so many numbers, one after another.
        unsafe { slice::from_raw_parts(self.lines.as_ptr().cast(), self.length) }
    }
}

impl<S> DerefMut for Aligned<S> {
    fn deref_mut(&mut self) -> &mut [S] {
        // SAFETY: as above, and they are borrowed for as long.
        unsafe { slice::from_raw_parts_mut(self.lines.as_mut_ptr().cast(), self.length) }
    }
}

/// The memory of one shard. `W` stands for the width.
#[derive(Clone, Debug)]
struct Buffers<S> {
    cell: Cell,
    linear: bool,
    trials: usize,
    steps: usize,
    width: usize,
    /// Rows and columns of a block of the product, and steps of the weight gradients at once.
    block: (usize, usize),
    at_once: usize,
    /// x, `[unit][W]`.
    state: Aligned<S>,
    /// \[q ; u ; 1\], `[column][W]`, with rows to spare for whole blocks.
    presynaptic: Aligned<S>,
    /// A product before it is used, `[row][W]`, with rows to spare.
    product: Aligned<S>,
    /// \[q ; u ; 1\] of every step, turned: `[steps at once][panel of columns][step, lane][column]`.
    turned: Aligned<S>,
    /// r, `[0 … S][unit][W]`.
    rates: Aligned<S>,
    /// x, shaped as r, where it is kept.
    states: Aligned<S>,
    /// Σ over the steps of what makes ∂L/∂α, `[unit][W]`, where the states are kept.
    leak_gradient: Aligned<S>,
    /// Noise of one step, in single precision everywhere, `[unit][W]`.
    noise: Vec<f32>,
    /// y of a linear readout, `[0 … S][output][W]`.
    readouts: Aligned<S>,
    /// ∂L/∂ what comes out, shaped as that.
    upstream: Aligned<S>,
    /// (1 − α) λ, `[unit][W]`; in the end ∂L/∂x₀.
    carried: Aligned<S>,
    /// \[δ ; e\] of the steps at once, `[step][row][W]`, with rows to spare.
    errors: Aligned<S>,
    /// ∂L/∂*A* with rows and columns to spare.
    gradient: Aligned<S>,
}

impl<S: Scalar> Buffers<S> {
    fn new<V: Vector<Scalar = S>>(cell: Cell, trials: usize, steps: usize) -> Self {
        assert!((1..=MOST_TRIALS).contains(&trials), "a shard has 1 to {MOST_TRIALS} trials");
        assert!(steps > 0, "a scan takes at least one step");
        let linear = matches!(cell.readout, Readout::Linear { .. });
        // Whole vectors, and whole quartets of lanes to be turned.
        let width = trials.next_multiple_of(V::LANES.max(4));
        let block = (V::ROWS, V::COLUMNS * V::LANES);
        // A block has a multiple of four rows, or four a multiple of its rows: this is both.
        let rows = cell.rows().next_multiple_of(block.0.max(4));
        let columns = cell.columns().next_multiple_of(block.1).next_multiple_of(4);
        // By trials and not by lanes: sums must not depend on how wide the vectors are.
        let at_once = (TERMS / trials.next_multiple_of(4)).min(steps + 1);
        let blocks = (steps + 1).div_ceil(at_once);
        let zeros = Aligned::zeros;
        let mut presynaptic = zeros(columns * width);
        presynaptic[(cell.columns() - 1) * width..cell.columns() * width].fill(S::ONE);
        Self {
            cell,
            linear,
            trials,
            steps,
            width,
            block,
            at_once,
            state: zeros(cell.units * width),
            presynaptic,
            product: zeros(rows.max(cell.units.next_multiple_of(block.0)) * width),
            turned: zeros(blocks * at_once * columns * width),
            rates: zeros((steps + 1) * cell.units * width),
            states: zeros(0),
            leak_gradient: zeros(0),
            noise: vec![0.0; cell.units * width],
            readouts: zeros(if linear { (steps + 1) * cell.outputs() * width } else { 0 }),
            upstream: zeros((steps + 1) * cell.outputs() * width),
            carried: zeros(cell.units * width),
            errors: zeros(at_once * rows * width),
            gradient: zeros(rows * columns),
        }
    }

    fn check(&self, drive: &Plain<S>) {
        let Self { cell, steps, width, .. } = self;
        assert_eq!(drive.leak.len(), cell.units, "there is one leak for each unit");
        assert_eq!(drive.start.len(), cell.units * width, "the start is [unit][lane]");
        let inputs = steps * cell.inputs * width;
        assert_eq!(drive.inputs.len(), inputs, "the inputs are [step][input][lane]");
    }

    /// Where the outputs of `step` lie.
    fn place(&self, step: usize) -> std::ops::Range<usize> {
        let first = usize::from(!self.linear);
        assert!((first..=self.steps).contains(&step), "there is no output of step {step}");
        let size = self.cell.outputs() * self.width;
        step * size..(step + 1) * size
    }

    fn output(&self, step: usize) -> &[S] {
        let place = self.place(step);
        if self.linear {
            return &self.readouts[place];
        }
        let first = step * self.cell.units * self.width;
        &self.rates[first..first + place.len()]
    }

    /// Where \[δₛ ; eₛ₋₁\] of `step` lies.
    fn errors_of(&self, step: usize) -> std::ops::Range<usize> {
        let size = self.errors.len() / self.at_once;
        let first = (step - 1) % self.at_once * size;
        first..first + size
    }

    fn columns_to_spare(&self) -> usize {
        self.cell.columns().next_multiple_of(self.block.1).next_multiple_of(4)
    }

    fn add_gradient(&self, gradient: &mut [S]) {
        let (columns, stride) = (self.cell.columns(), self.columns_to_spare());
        for (to, from) in gradient.chunks_exact_mut(columns).zip(self.gradient.chunks_exact(stride))
        {
            to.iter_mut().zip(from).for_each(|(to, &from)| *to += from);
        }
    }
}

/// `R` rows × `C` vectors of a matrix product: toᵣ = Σₖ panelₖᵣ · fromₖ.
///
/// In WebAssembly this must be a function of its own: inside another one the engine has too few
/// registers left and works through the stack, at half the speed.
///
/// # Safety
/// `panel` must hold `terms` × `R` numbers, `from` `terms` rows and `to` `R` rows of `C` vectors.
#[cfg_attr(target_family = "wasm", inline(never))]
#[cfg_attr(not(target_family = "wasm"), inline(always))]
unsafe fn block<V: Vector, const R: usize, const C: usize>(
    terms: usize,
    mut panel: *const V::Scalar,
    mut from: *const V::Scalar,
    from_row: usize,
    to: *mut V::Scalar,
    to_row: usize,
) {
    // SAFETY: the caller's promise.
    unsafe {
        let mut sums = [[V::zero(); C]; R];
        for _ in 0..terms {
            let mut vectors = [V::zero(); C];
            for (c, vector) in vectors.iter_mut().enumerate() {
                *vector = V::load(from.add(c * V::LANES));
            }
            for (r, sums) in sums.iter_mut().enumerate() {
                let weight = V::splat(*panel.add(r));
                for (sum, vector) in sums.iter_mut().zip(vectors) {
                    *sum = sum.add(weight.mul(vector));
                }
            }
            panel = panel.add(R);
            from = from.add(from_row);
        }
        for (r, sums) in sums.iter().enumerate() {
            for (c, sum) in sums.iter().enumerate() {
                sum.store(to.add(r * to_row + c * V::LANES));
            }
        }
    }
}

/// [`block`] with as many rows as `V` has registers for, over `vectors` vectors side by side.
///
/// # Safety
/// As [`block`].
#[inline(always)]
unsafe fn strip<V: Vector>(
    vectors: usize,
    terms: usize,
    panel: *const V::Scalar,
    from: *const V::Scalar,
    row: usize,
    to: *mut V::Scalar,
) {
    // SAFETY: the caller's promise.
    unsafe {
        let mut c = 0;
        while c + V::COLUMNS <= vectors {
            let at = c * V::LANES;
            blocks::<V>(V::COLUMNS, terms, panel, from.add(at), row, to.add(at), row);
            c += V::COLUMNS;
        }
        while c < vectors {
            let at = c * V::LANES;
            blocks::<V>(1, terms, panel, from.add(at), row, to.add(at), row);
            c += 1;
        }
    }
}

/// The [`block`] of this shape.
///
/// # Safety
/// As [`block`].
#[inline(always)]
#[allow(clippy::too_many_arguments, reason = "those of the kernel, and its shape")]
pub(super) unsafe fn blocks<V: Vector>(
    vectors: usize,
    terms: usize,
    panel: *const V::Scalar,
    from: *const V::Scalar,
    from_row: usize,
    to: *mut V::Scalar,
    to_row: usize,
) {
    // SAFETY: the caller's promise. Both arguments of the match are constants.
    unsafe {
        match (V::ROWS, vectors) {
            (4, 2) => block::<V, 4, 2>(terms, panel, from, from_row, to, to_row),
            (4, 1) => block::<V, 4, 1>(terms, panel, from, from_row, to, to_row),
            (8, 2) => block::<V, 8, 2>(terms, panel, from, from_row, to, to_row),
            (8, 1) => block::<V, 8, 1>(terms, panel, from, from_row, to, to_row),
            (12, 1) => block::<V, 12, 1>(terms, panel, from, from_row, to, to_row),
            (rows, _) => unreachable!("there is no kernel of {rows} rows and {vectors} vectors"),
        }
    }
}

/// `R` rows × `C` vectors of the weight gradients: toᵣ += Σ errorᵣ · from over the steps and lanes,
/// with `errors` `[step][row][W]`, steps `apart`, and `from` `[step][W][C vectors]`. As [`block`],
/// and a function of its own for the same reason.
///
/// # Safety
/// The three must hold so many numbers, `to` `R` rows that are `to_row` apart.
#[cfg_attr(target_family = "wasm", inline(never))]
#[cfg_attr(not(target_family = "wasm"), inline(always))]
unsafe fn outer<V: Vector, const R: usize, const C: usize, const W: usize>(
    steps: usize,
    mut errors: *const V::Scalar,
    apart: usize,
    mut from: *const V::Scalar,
    to: *mut V::Scalar,
    to_row: usize,
) {
    // SAFETY: the caller's promise.
    unsafe {
        let mut sums = [[V::zero(); C]; R];
        for (r, sums) in sums.iter_mut().enumerate() {
            for (c, sum) in sums.iter_mut().enumerate() {
                *sum = V::load(to.add(r * to_row + c * V::LANES));
            }
        }
        for _ in 0..steps {
            for _ in 0..W {
                let mut vectors = [V::zero(); C];
                for (c, vector) in vectors.iter_mut().enumerate() {
                    *vector = V::load(from.add(c * V::LANES));
                }
                for (r, sums) in sums.iter_mut().enumerate() {
                    let error = V::splat(*errors.add(r * W));
                    for (sum, vector) in sums.iter_mut().zip(vectors) {
                        *sum = sum.add(error.mul(vector));
                    }
                }
                errors = errors.add(1);
                from = from.add(C * V::LANES);
            }
            errors = errors.add(apart - W);
        }
        for (r, sums) in sums.iter().enumerate() {
            for (c, sum) in sums.iter().enumerate() {
                sum.store(to.add(r * to_row + c * V::LANES));
            }
        }
    }
}

/// The [`outer`] product of this width.
///
/// # Safety
/// As [`outer`].
#[inline(always)]
unsafe fn outers<V: Vector>(
    width: usize,
    steps: usize,
    errors: *const V::Scalar,
    apart: usize,
    from: *const V::Scalar,
    to: *mut V::Scalar,
    to_row: usize,
) {
    macro_rules! of_width {
        ($($width:literal)*) => {
            match (V::ROWS, V::COLUMNS, width) {
                $(
                    (4, 2, $width) => outer::<V, 4, 2, $width>(steps, errors, apart, from, to, to_row),
                    (8, 2, $width) => outer::<V, 8, 2, $width>(steps, errors, apart, from, to, to_row),
                    (12, 1, $width) => outer::<V, 12, 1, $width>(steps, errors, apart, from, to, to_row),
                    (4, 1, $width) => outer::<V, 4, 1, $width>(steps, errors, apart, from, to, to_row),
                )*
                (rows, vectors, _) => unreachable!(
                    "there is no kernel of {rows} rows, {vectors} vectors and {width} lanes"
                ),
            }
        };
    }
    // SAFETY: the caller's promise.
    unsafe { of_width!(4 8 12 16) }
}

#[inline(always)]
fn forward<V: Vector>(
    buffers: &mut Buffers<V::Scalar>,
    panels: &Panels<V::Scalar>,
    drive: &Plain<V::Scalar>,
) {
    let Plain { start, inputs, .. } = *drive;
    buffers.state.copy_from_slice(start);
    let Buffers { cell, width, .. } = *buffers;
    let size = cell.units * width;
    match cell.form {
        Form::Rate => {
            buffers.rates[..size].fill(V::Scalar::default());
            buffers.presynaptic[..size].copy_from_slice(start);
        }
        Form::Current => {
            with_activation!(cell.activation, |f| {
                rates_of::<V, _>(f, start, &mut buffers.rates[..size]);
            });
            buffers.presynaptic[..size].copy_from_slice(&buffers.rates[..size]);
        }
    }
    keep_state(buffers, 0);
    let channels = cell.inputs * width;
    for step in 1..=buffers.steps {
        let input = &inputs[(step - 1) * channels..step * channels];
        buffers.presynaptic[size..size + channels].copy_from_slice(input);
        turn::<V>(buffers, step);
        multiply::<V>(buffers, panels, 0);
        read_out(buffers, step - 1);
        let outside = disturb(buffers, drive, step);
        with_activation!(cell.activation, |f| {
            match cell.form {
                Form::Rate => advance_rate::<V, _>(f, buffers, drive.leak, step),
                Form::Current => advance_current::<V, _>(f, buffers, drive.leak, step),
            }
        });
        if outside {
            with_activation!(cell.activation, |f| disturb_outside::<V, _>(f, buffers, drive, step));
        }
        keep_state(buffers, step);
    }
    if buffers.linear {
        // What comes out of the last state; nothing drives it any more.
        buffers.presynaptic[size..size + channels].fill(V::Scalar::default());
        turn::<V>(buffers, buffers.steps + 1);
        multiply::<V>(buffers, panels, cell.units / V::ROWS);
        read_out(buffers, buffers.steps);
    }
}

/// Remembers x of `step`, where that is wanted.
#[inline(always)]
fn keep_state<S: Scalar>(buffers: &mut Buffers<S>, step: usize) {
    if buffers.states.is_empty() {
        return;
    }
    let size = buffers.state.len();
    let state = match buffers.cell.form {
        Form::Rate => &buffers.presynaptic[..size],
        Form::Current => &buffers.state[..],
    };
    buffers.states[step * size..(step + 1) * size].copy_from_slice(state);
}

/// Draws the noise of `step`, and lets that from inside join the drive. Says whether there is some
/// from outside.
#[inline(always)]
fn disturb<S: Scalar>(buffers: &mut Buffers<S>, drive: &Plain<S>, step: usize) -> bool {
    let Some(Noisy { field, first, size, place }) = drive.noise else { return false };
    field.fill(step as u32, first, buffers.width, &mut buffers.noise);
    if place == Place::Outside {
        return true;
    }
    for (p, noise) in buffers.product.iter_mut().zip(&buffers.noise) {
        *p += S::from_f64(f64::from(size * noise));
    }
    false
}

/// Adds the noise from outside to the state, and passes it on.
#[inline(always)]
fn disturb_outside<V: Vector, F: Activate>(
    f: F,
    buffers: &mut Buffers<V::Scalar>,
    drive: &Plain<V::Scalar>,
    step: usize,
) {
    let Some(Noisy { size, .. }) = drive.noise else { return };
    let Buffers { cell, width, .. } = *buffers;
    let all = cell.units * width;
    let state = match cell.form {
        Form::Rate => &mut buffers.presynaptic[..all],
        Form::Current => &mut buffers.state[..],
    };
    for ((row, noise), &leak) in
        state.chunks_exact_mut(width).zip(buffers.noise.chunks_exact(width)).zip(drive.leak)
    {
        let times = if cell.form == Form::Rate { leak } else { V::Scalar::ONE };
        for (x, noise) in row.iter_mut().zip(noise) {
            *x += times * V::Scalar::from_f64(f64::from(size * noise));
        }
    }
    if cell.form == Form::Current {
        let rates = &mut buffers.rates[step * all..(step + 1) * all];
        rates_of::<V, _>(f, &buffers.state, rates);
        buffers.presynaptic[..all].copy_from_slice(rates);
    }
}

/// Calls `each` with 0, `by`, 2 `by` … below `width`. The usual numbers of rounds are written out,
/// because short loops cost more than what is in them.
#[inline(always)]
fn each(width: usize, by: usize, mut each: impl FnMut(usize)) {
    match width / by {
        1 => each(0),
        4 => {
            each(0);
            each(by);
            each(2 * by);
            each(3 * by);
        }
        rounds => (0..rounds).for_each(|round| each(round * by)),
    }
}

/// r = f(z) for all of `currents`.
#[inline(always)]
fn rates_of<V: Vector, F: Activate>(f: F, currents: &[V::Scalar], rates: &mut [V::Scalar]) {
    for (z, r) in currents.chunks_exact(V::LANES).zip(rates.chunks_exact_mut(V::LANES)) {
        // SAFETY: both are one vector long.
        unsafe { f.rate(V::load(z.as_ptr())).store(r.as_mut_ptr()) };
    }
}

/// \[p ; y\] = A \[q ; u ; 1\], from the panel `first` on.
#[inline(always)]
fn multiply<V: Vector>(buffers: &mut Buffers<V::Scalar>, panels: &Panels<V::Scalar>, first: usize) {
    let (width, terms) = (buffers.width, buffers.cell.columns());
    let vectors = width / V::LANES;
    let size = V::ROWS * terms;
    assert!(buffers.presynaptic.len() >= terms * width);
    assert!(buffers.product.len() >= panels.ahead.len() / terms * width);
    for (k, panel) in panels.ahead.chunks_exact(size).enumerate().skip(first) {
        // SAFETY: the panel holds `terms` rows of the block, the other two were looked at.
        unsafe {
            let to = buffers.product.as_mut_ptr().add(k * V::ROWS * width);
            strip::<V>(vectors, terms, panel.as_ptr(), buffers.presynaptic.as_ptr(), width, to);
        }
    }
}

/// Takes y of `step` out of the product.
#[inline(always)]
fn read_out<S: Scalar>(buffers: &mut Buffers<S>, step: usize) {
    if buffers.linear {
        let place = buffers.place(step);
        let first = buffers.cell.units * buffers.width;
        let from = &buffers.product[first..first + place.len()];
        buffers.readouts[place].copy_from_slice(from);
    }
}

/// rₛ = f(pₛ), xₛ = (1 − α) xₛ₋₁ + α rₛ, qₛ = xₛ.
#[inline(always)]
fn advance_rate<V: Vector, F: Activate>(
    f: F,
    buffers: &mut Buffers<V::Scalar>,
    leak: &[V::Scalar],
    step: usize,
) {
    let (units, width) = (buffers.cell.units, buffers.width);
    let rates = &mut buffers.rates[step * units * width..(step + 1) * units * width];
    let rows = buffers.product.chunks_exact(width).zip(buffers.presynaptic.chunks_exact_mut(width));
    for (((p, q), r), &leak) in rows.zip(rates.chunks_exact_mut(width)).zip(leak) {
        let leak = V::splat(leak);
        each(width, V::LANES, |lane| {
            // SAFETY: all rows are `width` long, which is whole vectors.
            unsafe {
                let rate = f.rate(V::load(p.as_ptr().add(lane)));
                rate.store(r.as_mut_ptr().add(lane));
                let x = V::load(q.as_ptr().add(lane));
                let x = x.add(leak.mul(rate.sub(x)));
                x.store(q.as_mut_ptr().add(lane));
            }
        });
    }
}

/// xₛ = (1 − α) xₛ₋₁ + α pₛ, rₛ = f(xₛ), qₛ = rₛ.
#[inline(always)]
fn advance_current<V: Vector, F: Activate>(
    f: F,
    buffers: &mut Buffers<V::Scalar>,
    leak: &[V::Scalar],
    step: usize,
) {
    let (units, width) = (buffers.cell.units, buffers.width);
    let rates = &mut buffers.rates[step * units * width..(step + 1) * units * width];
    let rows = buffers.product.chunks_exact(width).zip(buffers.state.chunks_exact_mut(width));
    let taken = rates.chunks_exact_mut(width).zip(buffers.presynaptic.chunks_exact_mut(width));
    for (((p, x), (r, q)), &leak) in rows.zip(taken).zip(leak) {
        let leak = V::splat(leak);
        each(width, V::LANES, |lane| {
            // SAFETY: all rows are `width` long, which is whole vectors.
            unsafe {
                let old = V::load(x.as_ptr().add(lane));
                let new = old.add(leak.mul(V::load(p.as_ptr().add(lane)).sub(old)));
                new.store(x.as_mut_ptr().add(lane));
                let rate = f.rate(new);
                rate.store(r.as_mut_ptr().add(lane));
                rate.store(q.as_mut_ptr().add(lane));
            }
        });
    }
}

/// Keeps \[qₛ₋₁ ; uₛ ; 1\] of `step`, turned, for the weight gradients.
#[inline(always)]
fn turn<V: Vector>(buffers: &mut Buffers<V::Scalar>, step: usize) {
    let (width, panel) = (buffers.width, V::COLUMNS * V::LANES);
    let columns = buffers.columns_to_spare();
    let terms = buffers.at_once * width;
    let (block, within) = ((step - 1) / buffers.at_once, (step - 1) % buffers.at_once);
    let place = block * terms * columns;
    let turned = &mut buffers.turned[place..place + terms * columns];
    turn_over(&buffers.presynaptic, width, panel, within, turned, terms);
}

/// `from` `[row][lane]` becomes `to` `[panel of rows][step, lane][row in the panel]`, at the step
/// `within`, of panels with `terms` steps and lanes.
#[inline(always)]
fn turn_over<S: Scalar>(
    from: &[S],
    width: usize,
    panel: usize,
    within: usize,
    to: &mut [S],
    terms: usize,
) {
    // A panel narrower than a quartet is for checking only.
    let quartet = panel.min(4);
    let mut place = within * width * panel;
    for rows in from.chunks_exact(panel * width) {
        for first in (0..panel).step_by(quartet) {
            let from = &rows[first * width..(first + quartet) * width];
            turn_rows(from, quartet, width, &mut to[place + first..], panel);
        }
        place += panel * terms;
    }
}

/// `from` `[row][lane]`, up to four rows, becomes `to` `[lane][row]` with rows `stride` apart.
#[inline(always)]
fn turn_rows<S: Scalar>(from: &[S], rows: usize, width: usize, to: &mut [S], stride: usize) {
    assert!(from.len() == rows * width && to.len() >= (width - 1) * stride + rows);
    if rows == 4 {
        each(width, 4, |lane| {
            // SAFETY: four rows of `width` lanes, a multiple of four; `to` was looked at.
            unsafe {
                let to = to.as_mut_ptr().add(lane * stride);
                S::transpose4(from.as_ptr().add(lane), width, to, stride);
            }
        });
    } else {
        for (row, from) in from.chunks_exact(width).enumerate() {
            for (lane, &value) in from.iter().enumerate() {
                to[lane * stride + row] = value;
            }
        }
    }
}

#[inline(always)]
fn backward<V: Vector>(
    buffers: &mut Buffers<V::Scalar>,
    panels: &Panels<V::Scalar>,
    drive: &Plain<V::Scalar>,
    price: V::Scalar,
) {
    let Buffers { cell, width, .. } = *buffers;
    let units = cell.units;
    buffers.gradient.fill(V::Scalar::default());
    buffers.carried.fill(V::Scalar::default());
    buffers.product.fill(V::Scalar::default());
    buffers.errors.fill(V::Scalar::default());
    buffers.leak_gradient.fill(V::Scalar::default());
    let last = buffers.steps + usize::from(buffers.linear);
    for step in (1..=last).rev() {
        if step > buffers.steps {
            // Only the last readout: nothing comes back from later steps.
            take_errors(buffers, step);
            carry::<V>(buffers, panels, step, units);
        } else {
            charge(buffers, price, step);
            // λ is whole before the one, and after the other.
            match cell.form {
                Form::Rate => {
                    blame_leak(buffers, drive, step);
                    with_activation!(cell.activation, |f| {
                        retreat_rate::<V, _>(f, buffers, drive.leak, step);
                    });
                }
                Form::Current => {
                    with_activation!(cell.activation, |f| {
                        retreat_current::<V, _>(f, buffers, drive.leak, step);
                    });
                    blame_leak(buffers, drive, step);
                }
            }
            take_errors(buffers, step);
            carry::<V>(buffers, panels, step, 0);
        }
        if (step - 1) % buffers.at_once == 0 {
            sum_up::<V>(buffers, (step - 1) / buffers.at_once, last);
        }
    }
    charge(buffers, price, 0);
    // λ₀ = ∂L/∂x₀.
    match buffers.cell.form {
        Form::Rate => {
            for (carried, back) in buffers
                .carried
                .chunks_exact_mut(V::LANES)
                .zip(buffers.product.chunks_exact(V::LANES))
            {
                // SAFETY: both are one vector long.
                unsafe {
                    let sum = V::load(carried.as_ptr()).add(V::load(back.as_ptr()));
                    sum.store(carried.as_mut_ptr());
                }
            }
        }
        Form::Current => with_activation!(buffers.cell.activation, |f| {
            let rows = buffers.carried.chunks_exact_mut(V::LANES);
            let rates = buffers.rates[..units * width].chunks_exact(V::LANES);
            for ((carried, back), r) in rows.zip(buffers.product.chunks_exact(V::LANES)).zip(rates)
            {
                // SAFETY: all are one vector long.
                unsafe {
                    let back = f.slope(V::load(r.as_ptr()), V::load(back.as_ptr()));
                    back.add(V::load(carried.as_ptr())).store(carried.as_mut_ptr());
                }
            }
        }),
    }
}

/// Adds the price on the activity of `step` to what comes back to it.
#[inline(always)]
fn charge<S: Scalar>(buffers: &mut Buffers<S>, price: S, step: usize) {
    if price == S::default() {
        return;
    }
    let size = buffers.state.len();
    let activity = match buffers.cell.form {
        Form::Rate => &buffers.states,
        Form::Current => &buffers.rates,
    };
    let activity = &activity[step * size..(step + 1) * size];
    let (width, trials) = (buffers.width, buffers.trials);
    let rows = buffers.product.chunks_exact_mut(width).zip(activity.chunks_exact(width));
    for (back, q) in rows {
        // Lanes without a trial are active too, and pay nothing.
        for (back, &q) in back[..trials].iter_mut().zip(q) {
            *back += price * q;
        }
    }
}

/// Adds λₛ ∂xₛ/∂α = λₛ (xₛ − xₛ₋₁ − η′) / α, where η′ is the noise that α does not scale.
#[inline(always)]
fn blame_leak<S: Scalar>(buffers: &mut Buffers<S>, drive: &Plain<S>, step: usize) {
    if buffers.leak_gradient.is_empty() {
        return;
    }
    let (size, width) = (buffers.state.len(), buffers.width);
    let size_of_noise = match drive.noise {
        Some(Noisy { field, first, size, place: Place::Outside })
            if buffers.cell.form == Form::Current =>
        {
            field.fill(step as u32, first, width, &mut buffers.noise);
            size
        }
        _ => 0.0,
    };
    let place = buffers.errors_of(step);
    let (before, now) = buffers.states[(step - 1) * size..(step + 1) * size].split_at(size);
    for (at, sum) in buffers.leak_gradient.iter_mut().enumerate() {
        let noise = S::from_f64(f64::from(size_of_noise * buffers.noise[at]));
        let change = now[at] - before[at] - noise;
        let leak = drive.leak[at / width];
        let whole = match buffers.cell.form {
            Form::Rate => buffers.carried[at] + buffers.product[at],
            Form::Current => buffers.errors[place.start + at] / leak,
        };
        *sum += whole * change / leak;
    }
}

/// Puts eₛ₋₁ below δ of `step`.
#[inline(always)]
fn take_errors<S: Scalar>(buffers: &mut Buffers<S>, step: usize) {
    if buffers.linear {
        let place = buffers.place(step - 1);
        let first = buffers.errors_of(step).start + buffers.cell.units * buffers.width;
        buffers.errors[first..first + place.len()].copy_from_slice(&buffers.upstream[place]);
    }
}

/// What Aᵀ \[δ ; e\] of `step` brings to the units, counting the rows from `first` on.
#[inline(always)]
fn carry<V: Vector>(
    buffers: &mut Buffers<V::Scalar>,
    panels: &Panels<V::Scalar>,
    step: usize,
    first: usize,
) {
    let (width, rows) = (buffers.width, buffers.cell.rows());
    let vectors = width / V::LANES;
    let place = buffers.errors_of(step);
    let errors = &buffers.errors[place];
    assert!(errors.len() >= rows * width && first <= rows);
    assert!(buffers.product.len() >= panels.back.len() / rows * width);
    for (k, panel) in panels.back.chunks_exact(V::ROWS * rows).enumerate() {
        // SAFETY: the panel holds `rows` rows of the block, the other two were looked at.
        unsafe {
            let panel = panel.as_ptr().add(first * V::ROWS);
            let from = errors.as_ptr().add(first * width);
            let to = buffers.product.as_mut_ptr().add(k * V::ROWS * width);
            strip::<V>(vectors, rows - first, panel, from, width, to);
        }
    }
}

/// From λ, less what came back through the weights: λₛ complete, δₛ = f′ (α λₛ + gʳₛ), and
/// (1 − α) λₛ for the step before.
#[inline(always)]
fn retreat_rate<V: Vector, F: Activate>(
    f: F,
    buffers: &mut Buffers<V::Scalar>,
    leak: &[V::Scalar],
    step: usize,
) {
    let (units, width) = (buffers.cell.units, buffers.width);
    let rates = &buffers.rates[step * units * width..(step + 1) * units * width];
    let observed = if buffers.linear { 0 } else { buffers.cell.outputs() };
    let upstream = &buffers.upstream[step * observed * width..(step + 1) * observed * width];
    let mut upstream = upstream.chunks_exact(width);
    let place = buffers.errors_of(step);
    let errors = buffers.errors[place].chunks_exact_mut(width);
    let rows = buffers.carried.chunks_exact_mut(width).zip(buffers.product.chunks_exact(width));
    let taken = rates.chunks_exact(width).zip(errors);
    for (((carried, back), (r, errors)), &leak) in rows.zip(taken).zip(leak) {
        let leak = V::splat(leak);
        let seen = upstream.next();
        each(width, V::LANES, |lane| {
            // SAFETY: all rows are `width` long, which is whole vectors.
            unsafe {
                let whole =
                    V::load(carried.as_ptr().add(lane)).add(V::load(back.as_ptr().add(lane)));
                let through = leak.mul(whole);
                whole.sub(through).store(carried.as_mut_ptr().add(lane));
                let onto_rate = match seen {
                    Some(seen) => through.add(V::load(seen.as_ptr().add(lane))),
                    None => through,
                };
                let delta = f.slope(V::load(r.as_ptr().add(lane)), onto_rate);
                delta.store(errors.as_mut_ptr().add(lane));
            }
        });
    }
}

/// λₛ = f′ (what came back through the weights + gʳₛ) + (1 − α) λₛ₊₁, δₛ = α λₛ.
#[inline(always)]
fn retreat_current<V: Vector, F: Activate>(
    f: F,
    buffers: &mut Buffers<V::Scalar>,
    leak: &[V::Scalar],
    step: usize,
) {
    let (units, width) = (buffers.cell.units, buffers.width);
    let rates = &buffers.rates[step * units * width..(step + 1) * units * width];
    let observed = if buffers.linear { 0 } else { buffers.cell.outputs() };
    let upstream = &buffers.upstream[step * observed * width..(step + 1) * observed * width];
    let mut upstream = upstream.chunks_exact(width);
    let place = buffers.errors_of(step);
    let errors = buffers.errors[place].chunks_exact_mut(width);
    let rows = buffers.carried.chunks_exact_mut(width).zip(buffers.product.chunks_exact(width));
    let taken = rates.chunks_exact(width).zip(errors);
    for (((carried, back), (r, errors)), &leak) in rows.zip(taken).zip(leak) {
        let leak = V::splat(leak);
        let seen = upstream.next();
        each(width, V::LANES, |lane| {
            // SAFETY: all rows are `width` long, which is whole vectors.
            unsafe {
                let back = V::load(back.as_ptr().add(lane));
                let onto_rate = match seen {
                    Some(seen) => back.add(V::load(seen.as_ptr().add(lane))),
                    None => back,
                };
                let whole = f
                    .slope(V::load(r.as_ptr().add(lane)), onto_rate)
                    .add(V::load(carried.as_ptr().add(lane)));
                let delta = leak.mul(whole);
                delta.store(errors.as_mut_ptr().add(lane));
                whole.sub(delta).store(carried.as_mut_ptr().add(lane));
            }
        });
    }
}

/// Adds Σ \[δₛ ; eₛ₋₁\] \[qₛ₋₁ ; uₛ ; 1\]ᵀ over the steps of `block` to the gradient.
#[inline(always)]
fn sum_up<V: Vector>(buffers: &mut Buffers<V::Scalar>, block: usize, last: usize) {
    let Buffers { width, at_once, .. } = *buffers;
    let columns = buffers.columns_to_spare();
    let all = at_once * width;
    let steps = (last - block * at_once).min(at_once);
    let (rows, panel) = buffers.block;
    let turned = &buffers.turned[block * all * columns..(block + 1) * all * columns];
    let apart = buffers.errors.len() / at_once;
    assert!(buffers.gradient.len() >= apart / width * columns);
    for (c, from) in turned.chunks_exact(all * panel).enumerate() {
        for r in 0..apart / (rows * width) {
            // SAFETY: the panel holds `all` terms and the errors as many, of which there are at
            // least these; the gradient holds a row for each of the errors and a column for each
            // of the panel.
            unsafe {
                let errors = buffers.errors.as_ptr().add(r * rows * width);
                let to = buffers.gradient.as_mut_ptr().add(r * rows * columns + c * panel);
                outers::<V>(width, steps, errors, apart, from.as_ptr(), to, columns);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{
        Aligned, Buffers, Drive, Matrix, Noisy, Panels, Place, Plain, Scan, backward, forward,
    };
    use crate::learning::scan::{Activation, Cell, Form, Lanes, Noise, Readout};
    use crate::rng::Rng;

    const ACTIVATIONS: [Activation; 7] = [
        Activation::Relu,
        Activation::Tanh,
        Activation::RectifiedTanh,
        Activation::Sigmoid { slope: 7.5 },
        Activation::Softplus { sharpness: 5.0 },
        Activation::ClippedRelu { ceiling: 0.6 },
        Activation::ClippedSoftplus { ceiling: 0.9 },
    ];

    /// A network, a batch and a loss, with everything in the order of `[row][column]`.
    struct Example {
        cell: Cell,
        trials: usize,
        steps: usize,
        matrix: Vec<f64>,
        leak: Vec<f64>,
        /// `[trial][unit]`.
        start: Vec<f64>,
        /// `[step][input][trial]`.
        inputs: Vec<f64>,
        /// The loss is Σ weight · output, `[step][output][trial]`, of 0 … S…
        weights: Vec<f64>,
        /// … and price · ½ Σ q².
        price: f64,
        noise: Option<Noisy>,
    }

    impl Example {
        fn new(cell: Cell, trials: usize, steps: usize, seed: u64) -> Self {
            let rng = Rng::stream(seed, "scan example");
            let draw = |lane, count, scale: f64| -> Vec<f64> {
                let mut rng = rng.lane(lane);
                (0..count).map(|_| scale * rng.normal()).collect()
            };
            let scale = 1.0 / (cell.units as f64).sqrt();
            let leak = draw(1, cell.units, 0.1).iter().map(|x| 0.3 + x.abs().min(0.6)).collect();
            Self {
                cell,
                trials,
                steps,
                matrix: draw(0, cell.rows() * cell.columns(), scale),
                leak,
                start: draw(2, trials * cell.units, 0.5),
                inputs: draw(3, steps * cell.inputs * trials, 1.0),
                weights: draw(4, (steps + 1) * cell.outputs() * trials, 1.0),
                price: 0.0,
                noise: None,
            }
        }

        /// With noise at `place` and a price on activity.
        fn noisy(mut self, place: Place) -> Self {
            let field = Noise::new(&Rng::stream(3, "scan noise"), 2);
            self.noise = Some(Noisy { field, first: 5, size: 0.2, place });
            self.price = 0.7;
            self
        }

        fn buffers(&self) -> Buffers<f64> {
            let mut buffers = Buffers::new::<f64>(self.cell, self.trials, self.steps);
            let size = buffers.state.len();
            buffers.states = Aligned::zeros((self.steps + 1) * size);
            buffers.leak_gradient = Aligned::zeros(size);
            buffers
        }

        /// `values` `[…][trial]` in lanes.
        fn spread(values: &[f64], trials: usize, width: usize) -> Vec<f64> {
            let mut lanes = vec![0.0; values.len() / trials * width];
            for (to, from) in lanes.chunks_exact_mut(width).zip(values.chunks_exact(trials)) {
                to[..trials].copy_from_slice(from);
            }
            lanes
        }

        fn start_lanes(&self, width: usize) -> Vec<f64> {
            let mut lanes = vec![0.0; self.cell.units * width];
            for (trial, start) in self.start.chunks_exact(self.cell.units).enumerate() {
                for (unit, &value) in start.iter().enumerate() {
                    lanes[unit * width + trial] = value;
                }
            }
            lanes
        }

        fn first_output(&self) -> usize {
            usize::from(matches!(self.cell.readout, Readout::Rates { .. }))
        }

        /// The loss in double precision.
        fn loss(&self) -> f64 {
            self.run(&mut self.buffers(), |_, _, _| ())
        }

        /// Runs forwards and then `then`.
        fn run(
            &self,
            buffers: &mut Buffers<f64>,
            then: impl FnOnce(&mut Buffers<f64>, &Panels<f64>, &Plain<f64>),
        ) -> f64 {
            let mut panels = Panels::new(&self.cell, 4);
            panels.pack(&self.cell, 4, &self.matrix);
            let start = self.start_lanes(buffers.width);
            let inputs = Self::spread(&self.inputs, self.trials, buffers.width);
            let noise = self.noise;
            let drive = Plain { leak: &self.leak, start: &start, inputs: &inputs, noise };
            forward::<f64>(buffers, &panels, &drive);
            let weights = Self::spread(&self.weights, self.trials, buffers.width);
            let size = self.cell.outputs() * buffers.width;
            let mut loss = 0.0;
            for step in self.first_output()..=self.steps {
                let weights = &weights[step * size..(step + 1) * size];
                loss += buffers.output(step).iter().zip(weights).map(|(y, w)| y * w).sum::<f64>();
            }
            let activity = match self.cell.form {
                Form::Rate => &buffers.states,
                Form::Current => &buffers.rates,
            };
            for row in activity.chunks_exact(buffers.width) {
                let squares: f64 = row[..self.trials].iter().map(|q| q * q).sum();
                loss += self.price / 2.0 * squares;
            }
            buffers.upstream.copy_from_slice(&weights);
            then(buffers, &panels, &drive);
            loss
        }

        /// ∂L/∂A, ∂L/∂x₀ `[trial][unit]` and ∂L/∂α, in double precision.
        fn gradients(&self) -> [Vec<f64>; 3] {
            let mut buffers = self.buffers();
            self.run(&mut buffers, |buffers, panels, drive| {
                backward::<f64>(buffers, panels, drive, self.price);
            });
            let mut gradient = vec![0.0; self.matrix.len()];
            buffers.add_gradient(&mut gradient);
            let (units, width) = (self.cell.units, buffers.width);
            let start = (0..self.trials * units)
                .map(|k| buffers.carried[k % units * width + k / units])
                .collect();
            let leak = buffers.leak_gradient.chunks_exact(width);
            [gradient, start, leak.map(|row| row[..self.trials].iter().sum()).collect()]
        }

        /// Output, ∂L/∂A, ∂L/∂x₀ and ∂L/∂α in single precision with these lanes.
        fn single(&self, lanes: Lanes) -> [Vec<f32>; 4] {
            let narrow = |values: &[f64]| values.iter().map(|&x| x as f32).collect::<Vec<_>>();
            let mut scan = Scan::on(self.cell, self.trials, self.steps, lanes).keeping_states();
            let mut matrix = Matrix::on(self.cell, lanes);
            matrix.pack(&narrow(&self.matrix));
            let width = scan.width();
            let inputs = narrow(&Self::spread(&self.inputs, self.trials, width));
            let (leak, start) = (narrow(&self.leak), narrow(&self.start_lanes(width)));
            let noise = self.noise;
            let drive = Drive { leak: &leak, start: &start, inputs: &inputs, noise };
            scan.forward(&matrix, &drive);
            let weights = narrow(&Self::spread(&self.weights, self.trials, width));
            let size = self.cell.outputs() * width;
            let mut output = Vec::new();
            for step in self.first_output()..=self.steps {
                scan.upstream_mut(step).copy_from_slice(&weights[step * size..(step + 1) * size]);
                for row in scan.output(step).chunks_exact(width) {
                    output.extend(&row[..self.trials]);
                }
            }
            let mut gradient = vec![0.0; self.matrix.len()];
            scan.backward(&matrix, &drive, self.price as f32, &mut gradient);
            let mut of_leak = vec![0.0; self.cell.units];
            scan.add_leak_gradient(&mut of_leak);
            let rows = scan.start_gradient().chunks_exact(width);
            let of_start = rows.flat_map(|row| row[..self.trials].to_vec()).collect();
            [output, gradient, of_start, of_leak]
        }
    }

    fn cells() -> impl Iterator<Item = Cell> {
        ACTIVATIONS.into_iter().flat_map(|activation| {
            [Form::Rate, Form::Current].into_iter().flat_map(move |form| {
                [Readout::Linear { outputs: 2 }, Readout::Rates { observed: 3 }]
                    .map(|readout| Cell { units: 5, inputs: 2, readout, form, activation })
            })
        })
    }

    #[test]
    fn gradients_are_the_finite_differences_of_the_loss() {
        for cell in cells() {
            for noise in [None, Some(Place::Inside), Some(Place::Outside)] {
                let mut example = Example::new(cell, 2, 6, 7);
                if let Some(place) = noise {
                    example = example.noisy(place);
                }
                let [gradient, start, leak] = example.gradients();
                let largest = gradient.iter().fold(1.0_f64, |most, g| most.max(g.abs()));
                let h = 1e-5;
                let mut differ = |pick: fn(&mut Example) -> &mut Vec<f64>, found: &[f64]| {
                    for (k, &found) in found.iter().enumerate() {
                        let mut at = |shift: f64| {
                            let value = pick(&mut example)[k];
                            pick(&mut example)[k] = value + shift;
                            let loss = example.loss();
                            pick(&mut example)[k] = value;
                            loss
                        };
                        let expected = (at(h) - at(-h)) / (2.0 * h);
                        // A kink within h of some current would show as a large difference; the
                        // seed has none. What is left is h² and rounding over h.
                        assert!(
                            (found - expected).abs() < 1e-7 * largest,
                            "{cell:?}, {noise:?}, {k}: {found} instead of {expected}"
                        );
                    }
                };
                differ(|example| &mut example.matrix, &gradient);
                differ(|example| &mut example.start, &start);
                differ(|example| &mut example.leak, &leak);
            }
        }
    }

    #[test]
    fn single_precision_is_double_precision_but_for_rounding() {
        for cell in cells() {
            for (units, trials, steps) in [(5, 2, 6), (33, 7, 40), (70, 16, 50), (13, 5, 1)] {
                let example =
                    Example::new(Cell { units, ..cell }, trials, steps, 8).noisy(Place::Outside);
                let expected = example.gradients();
                let [_, matrix, start, leak] = example.single(Lanes::best());
                // A rate that rounds across a kink moves a gradient by more than rounding.
                let allowed = match cell.activation {
                    Activation::ClippedRelu { .. } | Activation::ClippedSoftplus { .. } => 1e-3,
                    _ => 1e-4,
                };
                let start = (0..trials * units).map(|k| start[k % units * trials + k / units]);
                for (expected, found) in expected.iter().zip([matrix, start.collect(), leak]) {
                    let largest = expected.iter().fold(0.0_f64, |most, g| most.max(g.abs()));
                    let apart = |(&e, &f): (&f64, &f32)| (f64::from(f) - e).abs();
                    let apart = expected.iter().zip(&found).map(apart).fold(0.0, f64::max);
                    assert!(apart < allowed * largest, "{cell:?}: {apart} of {largest}");
                }
            }
        }
    }

    #[test]
    fn the_bits_do_not_depend_on_the_number_of_lanes() {
        for cell in cells() {
            for (units, trials, steps) in [(5, 3, 6), (31, 16, 20), (100, 9, 3)] {
                let example =
                    Example::new(Cell { units, ..cell }, trials, steps, 9).noisy(Place::Inside);
                let bits = |lanes| {
                    example.single(lanes).map(|v| v.iter().map(|x| x.to_bits()).collect::<Vec<_>>())
                };
                let four = bits(Lanes::Four);
                for lanes in Lanes::available() {
                    assert!(bits(lanes) == four, "{lanes:?}, {cell:?}");
                }
            }
        }
    }

    #[test]
    fn a_batch_has_the_gradient_of_its_trials_together() {
        for cell in cells() {
            let whole = Example::new(cell, 3, 5, 10);
            let [together, ..] = whole.gradients();
            let mut alone = vec![0.0; together.len()];
            for trial in 0..3 {
                let pick = |values: &[f64]| values.chunks_exact(3).map(|row| row[trial]).collect();
                let one = Example {
                    trials: 1,
                    start: whole.start[trial * cell.units..][..cell.units].to_vec(),
                    inputs: pick(&whole.inputs),
                    weights: pick(&whole.weights),
                    ..Example::new(cell, 3, 5, 10)
                };
                let [gradient, ..] = one.gradients();
                alone.iter_mut().zip(gradient).for_each(|(sum, g)| *sum += g);
            }
            for (together, alone) in together.iter().zip(&alone) {
                assert!((together - alone).abs() < 1e-12, "{cell:?}: {together}, {alone}");
            }
        }
    }
}
