//! What JavaScript may ask for: the only module that knows it, and no numbers are made here.
//!
//! Every string from outside is parsed into a type of [`lab`](crate::lab); every error is thrown
//! as an `Error` whose message is one sentence for the reader of the page.

#![allow(clippy::missing_errors_doc, reason = "every error is a sentence shown to the reader")]

mod canvas;
mod exercise;
mod hands;
mod opening;

use crate::lab::{self, Entry, Event, NUMERICS, Need, Recipe, Shelf, Surroundings, Values};
use crate::learning::{
    device::{self, Wish},
    golden,
};
use crate::{Error, bundle, experiments, plot};
use js_sys::{Array, Error as JsError, Float64Array, Object, Reflect, Uint8Array};
use serde::Serialize;
use wasm_bindgen::prelude::*;
use web_sys::HtmlCanvasElement;

thread_local! {
    /// The experiments, made once: every call needs them.
    static CATALOGUE: Vec<Entry> = experiments::catalogue();
    /// What runs of this session left for each other.
    static SHELF: Shelf = Shelf::default();
}

type Thrown<T> = Result<T, JsValue>;

#[allow(unsafe_code, reason = "the linker's own function, called once, as its authors ask")]
mod constructors {
    unsafe extern "C" {
        fn __wasm_call_ctors();
    }

    /// Runs the constructors that some crates register. A module that names this function is not
    /// taken for a command, whose every export would run all of them again on every call.
    pub(super) fn run() {
        // SAFETY: the linker defines it, it takes nothing, and it runs once, before anything else.
        unsafe { __wasm_call_ctors() }
    }
}

/// Prepares the module; called once by the loader.
#[wasm_bindgen(start)]
pub fn start() {
    constructors::run();
    console_error_panic_hook::set_once();
}

/// The program's version and the version of its numbers.
#[wasm_bindgen]
pub fn about() -> Thrown<JsValue> {
    #[derive(Serialize)]
    struct About {
        version: &'static str,
        numerics: u32,
        gpu: bool,
    }
    to_js(&About {
        version: env!("CARGO_PKG_VERSION"),
        numerics: NUMERICS,
        gpu: cfg!(feature = "gpu"),
    })
}

/// Every experiment with its knobs: enough to build the page from.
#[wasm_bindgen]
pub fn catalogue() -> Thrown<JsValue> {
    CATALOGUE.with(to_js)
}

/// A seed nobody has used before. The only unpredictable number in the laboratory.
#[wasm_bindgen(js_name = freshSeed)]
pub fn fresh_seed() -> Thrown<String> {
    Ok(getrandom::u32().map_err(fail)?.to_string())
}

/// What a link says, or why it cannot be read.
#[wasm_bindgen(js_name = readLink)]
pub fn read_link(link: &str) -> Thrown<JsValue> {
    #[derive(Serialize)]
    struct Read {
        experiment: String,
        seed: String,
        values: Values,
        steps: Option<f64>,
        steered: usize,
        fingerprint: Option<String>,
        link: String,
        needs: Vec<Need>,
    }
    let recipe = CATALOGUE.with(|entries| Recipe::read(link, entries)).map_err(fail)?;
    let needs = CATALOGUE.with(|entries| {
        Entry::find(entries, &recipe.experiment).map(|entry| entry.needs(&recipe.values))
    });
    to_js(&Read {
        needs: needs.map_err(fail)?,
        link: recipe.link(),
        experiment: recipe.experiment,
        seed: recipe.seed.to_string(),
        values: recipe.values,
        steps: recipe.steps.map(|steps| steps as f64),
        steered: recipe.steering.len(),
        fingerprint: recipe.fingerprint.map(|fingerprint| fingerprint.to_string()),
    })
}

/// The link of an experiment with these knob values; a knob that is left out keeps its default.
#[wasm_bindgen(js_name = writeLink)]
pub fn write_link(experiment: &str, seed: &str, values: JsValue) -> Thrown<String> {
    let values: Values = serde_wasm_bindgen::from_value(values)?;
    let seed = seed.trim().parse().map_err(|_| {
        fail(Error::BadValue {
            key: "seed".into(),
            value: seed.chars().take(40).collect(),
            allowed: format!("a whole number from 0 to {}", u64::MAX),
        })
    })?;
    CATALOGUE
        .with(|entries| Recipe::new(Entry::find(entries, experiment)?, seed, &values))
        .map(|recipe| recipe.link())
        .map_err(fail)
}

/// The knobs of an experiment that change nothing while all stand like this.
#[wasm_bindgen(js_name = idleKnobs)]
pub fn idle_knobs(experiment: &str, values: JsValue) -> Thrown<JsValue> {
    let values: Values = serde_wasm_bindgen::from_value(values)?;
    let idle = CATALOGUE.with(|entries| Entry::find(entries, experiment)?.idle(&values));
    to_js(&idle.map_err(fail)?)
}

/// Draws a figure on `canvas`, `width` × `height` CSS pixels at `ratio` device pixels each.
#[wasm_bindgen]
pub fn draw(
    canvas: &HtmlCanvasElement,
    figure: &JsValue,
    theme: &str,
    width: f64,
    height: f64,
    ratio: f64,
) -> Thrown<()> {
    canvas::draw(canvas, &figure_of(figure)?, theme_of(theme)?, (width, height), ratio)
        .map_err(fail)
}

/// The CSS height that suits a figure at this CSS width.
#[wasm_bindgen]
pub fn aspect(figure: &JsValue, theme: &str, width: f64) -> Thrown<f64> {
    Ok(plot::aspect(&figure_of(figure)?, theme_of(theme)?, width))
}

/// A figure as an SVG document.
#[wasm_bindgen]
pub fn svg(figure: &JsValue, theme: &str) -> Thrown<String> {
    Ok(plot::svg(&figure_of(figure)?, theme_of(theme)?))
}

/// A figure's numbers as a table.
#[wasm_bindgen]
pub fn csv(figure: &JsValue) -> Thrown<String> {
    Ok(lab::csv(&figure_of(figure)?))
}

/// Computes the specification's golden network on the CPU or, if `gpu`, on the graphics processor:
/// `{ device, gpu, compared, maxError, worst }`. Throws when it comes out wrong.
#[wasm_bindgen(js_name = goldenCheck)]
pub async fn golden_check(gpu: bool) -> Thrown<JsValue> {
    let wish = if gpu { Wish::WebGpu } else { Wish::Cpu };
    let (device, because) = device::open(wish, "", None).await;
    let report = golden::check(&device).await.map_err(fail)?;
    object(&[
        ("device", because.into()),
        ("gpu", device.is_gpu().into()),
        ("compared", (report.compared as f64).into()),
        ("maxError", report.max_error.into()),
        ("worst", report.worst.into()),
    ])
}

/// Compares the graphics processor's scan with the plain form on the CPU in some of the examples,
/// `count` from the `first` on: `{ examples, tolerance, worst, what }` of all examples that there
/// are, and the one of these that is furthest off.
#[cfg(feature = "gpu")]
#[wasm_bindgen(js_name = scanCheck)]
pub async fn scan_check(first: usize, count: usize) -> Thrown<JsValue> {
    use crate::learning::scan::check::{TOLERANCE, examples};
    let (device, because) = device::open(Wish::WebGpu, "", None).await;
    if !device.is_gpu() {
        return Err(fail(because));
    }
    let examples = examples();
    let (mut worst, mut what) = (0.0_f32, String::new());
    for example in examples.iter().skip(first).take(count) {
        let apart = example.apart(&device).await.map_err(fail)?;
        // f32::max would forget a NaN.
        if apart > worst || apart.is_nan() || what.is_empty() {
            (worst, what) = (apart, format!("{example:?}"));
        }
    }
    object(&[
        ("examples", (examples.len() as f64).into()),
        ("tolerance", TOLERANCE.into()),
        ("worst", worst.into()),
        ("what", what.into()),
    ])
}

/// An experiment under way.
#[wasm_bindgen]
pub struct Run(lab::Run);

#[wasm_bindgen]
impl Run {
    /// Starts the experiment that `link` describes. `gpu` is empty when WebGPU may be used, else
    /// the reason why not.
    pub async fn start(link: String, gpu: String) -> Thrown<Run> {
        let entries = CATALOGUE.with(Vec::clone);
        let recipe = Recipe::read(&link, &entries).map_err(fail)?;
        lab::Run::begin(&recipe, &entries, around(gpu)).await.map(Run).map_err(fail)
    }

    /// Takes up the run that [`save`](Self::save) wrote.
    pub async fn restore(bytes: Vec<u8>, gpu: String) -> Thrown<Run> {
        let entries = CATALOGUE.with(Vec::clone);
        lab::Run::restore(&bytes, &entries, around(gpu)).await.map(Run).map_err(fail)
    }

    /// Works for about `ms` milliseconds or `steps` steps, whichever is over first, and says what
    /// there is to say: `{ events, over, step }`.
    pub async fn advance(&mut self, ms: f64, steps: f64) -> Thrown<JsValue> {
        let slice = self.0.advance(ms, steps as u64, now).await.map_err(stopped)?;
        let events = Array::new();
        let frame = self.0.frame();
        for event in slice.events.iter().chain(&frame) {
            events.push(&event_to_js(event)?);
        }
        object(&[
            ("events", events.into()),
            ("over", slice.over.into()),
            ("step", (self.0.steps() as f64).into()),
        ])
    }

    /// Says that the run will not be asked for a while, so that the pause does not look slow.
    pub fn rest(&mut self) {
        self.0.rest();
    }

    /// Turns a live knob.
    pub fn steer(&mut self, key: &str, value: JsValue) -> Thrown<()> {
        let value: serde_json::Value = serde_wasm_bindgen::from_value(value)?;
        self.0.steer(key, &value).map_err(fail)
    }

    /// The whole run, bit for bit, with a checksum.
    pub async fn save(&self) -> Thrown<Uint8Array> {
        Ok(Uint8Array::from(&self.0.save().await.map_err(fail)?[..]))
    }

    /// The link that reproduces the run up to now, with what it came to.
    pub async fn link(&self) -> Thrown<String> {
        Ok(self.0.recipe().await.map_err(fail)?.link())
    }

    /// The same as a small file, for runs that were steered too much for a link.
    pub async fn recipe(&self) -> Thrown<String> {
        let recipe = self.0.recipe().await.map_err(fail)?;
        serde_json::to_string_pretty(&recipe).map_err(fail)
    }

    /// Steps done.
    #[must_use]
    #[wasm_bindgen(getter)]
    pub fn step(&self) -> f64 {
        self.0.steps() as f64
    }

    /// The experiment's id.
    #[must_use]
    #[wasm_bindgen(getter)]
    pub fn experiment(&self) -> String {
        self.0.entry().id.into()
    }

    /// Everything as one zip archive with a manifest.
    pub async fn bundle(&mut self, build: String) -> Thrown<Uint8Array> {
        let zip = bundle::pack(&mut self.0, &build).await.map_err(fail)?;
        Ok(Uint8Array::from(&zip[..]))
    }
}

/// What a run may use here.
fn around(gpu_obstacle: String) -> Surroundings {
    Surroundings { gpu_obstacle, shelf: SHELF.with(Shelf::clone), crew: hands::crew() }
}

/// An event as the page takes it: figures and files as bytes, frames as typed arrays, so that
/// they are moved from thread to thread and not copied number by number.
fn event_to_js(event: &Event) -> Thrown<JsValue> {
    match event {
        Event::Figure(figure) => figure_to_js(figure),
        Event::Frame(frame) => {
            let channels = Object::new();
            for series in &frame.channels {
                let shape: Array =
                    series.shape.iter().map(|&length| JsValue::from(length as f64)).collect();
                let values = Float64Array::from(&series.values[..]);
                let channel = object(&[("shape", shape.into()), ("values", values.into())])?;
                Reflect::set(&channels, &series.name.into(), &channel)?;
            }
            object(&[
                ("kind", "frame".into()),
                ("step", (frame.step as f64).into()),
                ("channels", channels.into()),
            ])
        }
        Event::File(file) => object(&[
            ("kind", "file".into()),
            ("name", file.name.as_str().into()),
            ("mime", file.mime.into()),
            ("bytes", Uint8Array::from(&file.bytes[..]).into()),
        ]),
        other => to_js(other),
    }
}

fn figure_to_js(figure: &lab::Figure) -> Thrown<JsValue> {
    object(&[
        ("kind", "figure".into()),
        ("id", figure.id.as_str().into()),
        ("title", figure.title.as_str().into()),
        ("summary", figure.summary.as_str().into()),
        ("bytes", Uint8Array::from(&postcard::to_allocvec(figure).map_err(fail)?[..]).into()),
    ])
}

fn figure_of(figure: &JsValue) -> Thrown<lab::Figure> {
    let bytes = Reflect::get(figure, &"bytes".into())?;
    let bytes: Uint8Array = bytes.dyn_into().map_err(|_| fail("this is not a figure"))?;
    postcard::from_bytes(&bytes.to_vec()).map_err(|_| fail("this figure is damaged"))
}

fn theme_of(name: &str) -> Thrown<plot::Theme> {
    plot::Theme::named(name).ok_or_else(|| fail(format!("there is no theme called “{name}”")))
}

fn object(fields: &[(&str, JsValue)]) -> Thrown<JsValue> {
    let object = Object::new();
    for (key, value) in fields {
        Reflect::set(&object, &(*key).into(), value)?;
    }
    Ok(object.into())
}

fn to_js(value: &(impl Serialize + ?Sized)) -> Thrown<JsValue> {
    Ok(value.serialize(&serde_wasm_bindgen::Serializer::json_compatible())?)
}

fn fail(error: impl ToString) -> JsValue {
    JsError::new(&error.to_string()).into()
}

/// What stopped a run, with a name for what the page can offer against it.
fn stopped(error: Error) -> JsValue {
    let thrown = JsError::new(&error.to_string());
    match error {
        Error::Diverged { .. } | Error::Vanished { .. } => thrown.set_name("Lost"),
        Error::Gpu { .. } => thrown.set_name("Gpu"),
        _ => {}
    }
    thrown.into()
}

/// Milliseconds since some moment; in a window and in a worker alike.
fn now() -> f64 {
    #[wasm_bindgen]
    extern "C" {
        #[wasm_bindgen(js_namespace = performance, js_name = now)]
        fn performance_now() -> f64;
    }
    performance_now()
}
