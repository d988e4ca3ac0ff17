//! The laboratory without a browser: `cargo run --release -- 'ring?seed=7&steps=400' --out DIR`.
//!
//! Takes the same links and recipe files as the page and writes the same files. With no link it
//! lists the experiments. `--open FILE` opens a network or, once or several times, a recording, as the
//! page's dialog does; which of a recording's arrays is what is guessed by names and shapes, or said with
//! `--map 'rates=firing:tsn,velocity=omega:ts,heading=hd:ts,degrees=true,step=25'`.

use attractor_lab::{
    bundle,
    crew::Crew,
    experiments::{
        catalogue, fixed_points,
        opening::{self, Opening},
    },
    jobs,
    lab::{Entry, Event, Kind, Recipe, Run, Shelf, Surroundings},
};
use std::{
    error::Error,
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    pin::pin,
    process::ExitCode,
    sync::Arc,
    task, thread,
    time::SystemTime,
};

/// Most helping threads; more would only stand in each other's way.
const MOST_HANDS: usize = 256;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    match Request::read(std::env::args().skip(1)).and_then(Request::perform) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}.");
            ExitCode::FAILURE
        }
    }
}

/// What the command line asks for.
#[derive(Default)]
struct Request {
    link: Option<String>,
    out: PathBuf,
    steps: Option<u64>,
    /// Threads that help the one that runs.
    hands: usize,
    open: Vec<PathBuf>,
    map: Option<String>,
}

impl Request {
    fn read(mut words: impl Iterator<Item = String>) -> Outcome<Self> {
        let mut request = Self {
            out: "target/lab".into(),
            hands: thread::available_parallelism().map_or(0, |threads| threads.get() - 1),
            ..Self::default()
        };
        while let Some(word) = words.next() {
            let mut value = |what| words.next().ok_or(format!("{word} needs {what} after it"));
            match word.as_str() {
                "--out" => request.out = value("a folder")?.into(),
                "--steps" => {
                    let steps = value("a number of steps")?;
                    let steps =
                        steps.parse().map_err(|_| format!("--steps cannot be “{steps}”"))?;
                    request.steps = Some(steps);
                }
                "--hands" => {
                    let hands = value("a number of helping threads")?;
                    let read = hands.parse().ok().filter(|hands| *hands <= MOST_HANDS);
                    request.hands = read.ok_or(format!(
                        "--hands cannot be “{hands}”: it must be a whole number from 0 to {MOST_HANDS}"
                    ))?;
                }
                "--open" => request.open.push(value("a file")?.into()),
                "--map" => request.map = Some(value("a mapping")?),
                _ if word.starts_with("--") => {
                    return Err(format!(
                        "there is no option {word}; there are --out, --steps, --hands, --open and \
                         --map"
                    )
                    .into());
                }
                _ => request.link = Some(word),
            }
        }
        Ok(request)
    }

    fn perform(self) -> Outcome {
        let Some(link) = &self.link else {
            for entry in catalogue() {
                println!("{:16} {}", entry.id, entry.question);
            }
            return Ok(());
        };
        let file = Path::new(link).extension().is_some_and(|extension| extension == "json");
        let link = if file { fs::read_to_string(link)? } else { link.clone() };
        let mut recipe = Recipe::read(&link, &catalogue())?;
        recipe.steps = self.steps.or(recipe.steps);
        let shelf = Shelf::default();
        self.fetch(&mut recipe, &shelf)?;
        wait(run(&recipe, &self.out, self.hands, shelf))
    }

    /// Opens the recording or the network that was asked for; a recipe that names none takes it.
    fn fetch(&self, recipe: &mut Recipe, shelf: &Shelf) -> Outcome {
        if self.open.is_empty() {
            return Ok(());
        }
        let catalogue = catalogue();
        let entry = Entry::find(&catalogue, &recipe.experiment)?;
        let takes = entry.knobs.iter().find_map(|knob| match knob.kind {
            Kind::Material { of } => Some((knob.key, of)),
            _ => None,
        });
        let Some((key, of)) = takes else {
            return Err(format!("“{}” opens no file", recipe.experiment).into());
        };
        let mut files = Vec::new();
        for path in &self.open {
            let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
            let bytes = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
            files.push((name, bytes));
        }
        let taken = if of == fixed_points::KIND {
            let [(name, bytes)] = &files[..] else {
                return Err(
                    format!("one file holds a network, and {} were given", files.len()).into()
                );
            };
            opening::network(name, bytes.clone())?
        } else {
            let opening = Opening::read(files)?;
            let mapping = match &self.map {
                Some(text) => text.parse()?,
                None => opening.guess()?,
            };
            eprintln!("{mapping}");
            opening.take(&mapping)?
        };
        eprintln!("{}", taken.about);
        taken.facts.iter().for_each(|fact| eprintln!("{fact}"));
        let material = shelf.open(taken.bytes);
        let wanted = recipe.values.get(key).and_then(|value| value.as_str());
        match wanted {
            Some(wanted) if wanted != "none" && wanted != material.to_string() => {
                return Err(format!(
                    "the link was made with the {of} {wanted}, and this is {material}"
                )
                .into());
            }
            _ => drop(recipe.values.insert(key.into(), material.to_string().into())),
        }
        Ok(())
    }
}

async fn run(recipe: &Recipe, out: &Path, hands: usize, shelf: Shelf) -> Outcome {
    let obstacle = if cfg!(feature = "gpu") { "" } else { "this build is without WebGPU" };
    let crew = Crew::threads(hands, jobs::trades());
    let around = Surroundings { gpu_obstacle: obstacle.into(), shelf, crew };
    let mut run = Run::begin(recipe, &catalogue(), around).await?;
    if run.entry().endless && recipe.steps.is_none() {
        return Err(format!(
            "“{}” has no end of its own: say how many steps with --steps or &steps=",
            recipe.experiment
        )
        .into());
    }
    loop {
        let slice = run.advance(500.0, u64::MAX, milliseconds).await?;
        slice.events.iter().for_each(say);
        if slice.over {
            break;
        }
    }
    eprintln!();
    for finding in run.findings() {
        println!("{} = {} {}", finding.name, finding.value, finding.unit);
    }
    for (name, bytes) in bundle::files(&mut run, "native").await? {
        let path = out.join(&name);
        fs::create_dir_all(path.parent().unwrap_or(out))?;
        fs::write(&path, bytes)?;
        println!("{}", path.display());
    }
    println!("{}", run.recipe().await?.link());
    Ok(())
}

fn say(event: &Event) {
    match event {
        Event::Progress { done, total, rate, left } => {
            let total = total.map(|total| format!("/{total}")).unwrap_or_default();
            let rate = rate.map(|rate| format!(", {rate:.0} steps/s")).unwrap_or_default();
            let left = left.map(|left| format!(", {left:.0} s left")).unwrap_or_default();
            eprint!("\r{done}{total}{rate}{left}   ");
            let _ = std::io::stderr().flush();
        }
        Event::Device { text } | Event::Note { text } | Event::Warning { text } => {
            eprintln!("{text}");
        }
        Event::Verdict { text, .. } => println!("{text}"),
        _ => {}
    }
}

fn milliseconds() -> f64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0.0, |since| since.as_secs_f64() * 1e3)
}

/// Waits for `future` on this thread.
fn wait<F: Future>(future: F) -> F::Output {
    struct Unpark(thread::Thread);
    impl task::Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = task::Waker::from(Arc::new(Unpark(thread::current())));
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut task::Context::from_waker(&waker)) {
            task::Poll::Ready(output) => return output,
            task::Poll::Pending => thread::park(),
        }
    }
}
