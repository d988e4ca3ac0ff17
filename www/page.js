// The page: puts the modules together and keeps one session, which is what the visitor sees — an
// experiment, its knobs, its seed, and the run that may be going.
//
// Names that tests (and stylesheets) may rely on:
//   <html data-lab="starting | ready | unsupported" data-state="running | paused | over | failed"
//         data-experiment="ring" data-step="1240">
//   #question #lede #stage #explanation #status #announcer #toast #cards #device #menu #catalogue
//   [data-experiment-link=ID]          an entry of the catalogue
//   #primary[data-label] #step #reset #cancel #restart #skip #speed #count #bar #pending
//   #presets [data-preset=NAME]        #seed #fresh-seed
//   [data-knob=KEY] > … #knob-KEY      a row of the form and its field (#knob-KEY-OPTION for choices)
//   #knob-KEY-problem                  the sentence about a wrong value
//   #ring-slider #stage-drive #stage-tool #wake      the living ring
//   #figure-ID [data-download=svg|png|csv] details.table      .figure[data-drawn=N]
//   #metrics [data-metric=NAME]  #files [data-file=NAME]  #bundle  #remarks
//   #share #share-panel #share-run #share-settings  #theme  #help #help-dialog  #keys-on
//   #stored #stored-list #erase  [data-open=stored]
//   #card-ID   ID: bad-link, crash, resume, replay, stored-bad, storage, device, replaced, unsupported, lost
//   #card-resume #resume   #card-crash #crash-resume #crash-again
//   #next [data-next=ID]

import { Address } from "./address.js";
import { byId, download, el, grouped } from "./dom.js";
import { Figures } from "./figures.js";
import { Form } from "./form.js";
import { startKeys } from "./keys.js";
import { announce, closeCard, closeCards, copy, showCard, toast } from "./notices.js";
import { Results } from "./results.js";
import { Runner } from "./runner.js";
import { startSharing } from "./share.js";
import { startStored } from "./stored.js";
import { onTheme, startTheme, theme } from "./theme.js";
import { Transport } from "./transport.js";
import { fragment, trust } from "./trusted.js";

/** @typedef {import("./types.js").Core} Core */
/** @typedef {import("./types.js").Entry} Entry */
/** @typedef {import("./types.js").Value} Value */
/** @typedef {import("./types.js").Values} Values */
/** @typedef {import("./types.js").Reading} Reading */
/** @typedef {import("./types.js").StoredRun} StoredRun */

const root = document.documentElement;
const lessMotion = matchMedia("(prefers-reduced-motion: reduce)");
const build = document.querySelector('meta[name="build"]')?.getAttribute("content") ?? "";

/** Live pictures, by the name that the catalogue gives. A new one is a file and a line. */
/** @type {Record<string, () => Promise<{ mount: typeof import("./stage-ring.js").mount }>>} */
const STAGES = {
  ring: () => import("./stage-ring.js"),
};

// If the address bar asks for nothing, a stored run is offered whatever its settings, once a visit.
let freshVisit = location.hash === "";

startTheme(/** @type {HTMLSelectElement} */ (byId("theme")));
for (const button of document.querySelectorAll("[data-open=help]")) {
  button.addEventListener("click", showHelp);
}
function showHelp() {
  const dialog = /** @type {HTMLDialogElement} */ (byId("help-dialog"));
  if (!dialog.open) dialog.showModal();
}

start().catch((error) => {
  root.dataset.lab = "unsupported";
  root.dataset.state = "failed";
  showCard({
    id: "unsupported",
    tone: "bad",
    title: "The laboratory cannot start here",
    text: error instanceof Error ? error.message : String(error),
    stays: true,
  });
});

/**
 * Compiles the core once, for this thread and for the workers.
 *
 * @returns {Promise<WebAssembly.Module>}
 */
async function compileCore() {
  const url = new URL("../pkg/core/attractor_lab_bg.wasm", import.meta.url);
  const response = await fetch(url);
  if (!response.ok) {
    throw new Error(`The program could not be fetched: the server answered ${response.status}.`);
  }
  try {
    if ((response.headers.get("content-type") ?? "").startsWith("application/wasm")) {
      return await WebAssembly.compileStreaming(response);
    }
    // A server that does not know wasm's type: slower, but just as good.
    return await WebAssembly.compile(await response.arrayBuffer());
  } catch (error) {
    throw new Error(
      `The browser refused the program: ${error instanceof Error ? error.message : error}`,
    );
  }
}

/** Refuses, in words, a browser that cannot run the program. */
function checkBrowser() {
  if (typeof WebAssembly !== "object") {
    throw new Error(
      "This browser has no WebAssembly, or it is switched off. The text below still reads well.",
    );
  }
  // The smallest module that uses a 128-bit vector.
  const vector = [0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0];
  vector.push(65, 0, 253, 15, 253, 98, 11);
  if (!WebAssembly.validate(new Uint8Array(vector))) {
    throw new Error(
      "This browser lacks WebAssembly SIMD, which every major browser has had since 2023. A newer version will do.",
    );
  }
}

async function start() {
  checkBrowser();

  /**
   * @typedef {object} Session
   * @property {Entry} entry
   * @property {string} seed
   * @property {Values} values
   * @property {string} link what the address bar says
   * @property {Values} running the values with which the present run began
   * @property {boolean} opened a run exists in the worker
   * @property {string} run the name of its checkpoints
   * @property {number} step
   * @property {number} saved the step of its newest checkpoint, or −1
   * @property {number} crashes
   * @property {string} cpu why WebGPU is not to be used again
   * @property {number | null} replay where a shared run stood
   */

  /** @type {Session | null} */
  let session = null;
  /** @type {import("./transport.js").State} */
  let state = "idle";
  /** @type {import("./types.js").Stage | null} */
  let stage = null;
  let spoken = "";
  let beating = 0;
  /** @type {number | undefined} */
  let addressTimer;
  /** @type {number | undefined} */
  let restartTimer;

  const runner = new Runner({
    events: (events) => events.forEach(hear),
    frames: (frames) => {
      for (const frame of frames) stage?.frame(frame);
    },
    state: ({ state: now, step }) => {
      if (session) session.step = step;
      become(now);
    },
    failed: ({ text, trap, step, gpu }) => crashed(text, trap, step, gpu),
    replaced: (reason) => replaced(reason),
    loading: (loaded, total) => transport.loading(loaded, total),
    notice: ({ id, text }) => noticed(id, text),
    saved: (step) => {
      if (session) session.saved = step;
    },
    lost: (reason) => {
      become("failed");
      showCard({
        id: "lost",
        tone: "bad",
        title: "No computing here",
        text: `The lab's worker cannot be started: ${reason}. The text stays readable; reloading the page may help.`,
      });
    },
  });

  // The worker's script, the program and its bindings are fetched side by side.
  const compiling = compileCore();
  const binding = /** @type {Promise<Core>} */ (
    import(new URL("../pkg/core/attractor_lab.js", import.meta.url).href)
  );
  binding.catch(() => {}); // told below
  const module = await compiling;
  runner.use(module);
  const lab = await binding;
  await lab.default({ module_or_path: module });

  const catalogue = lab.catalogue();
  trust(catalogue);
  const entryOf = (/** @type {string} */ id) => catalogue.find((entry) => entry.id === id);
  const question = (/** @type {string} */ id) => entryOf(id)?.question ?? id;
  const { version } = lab.about();
  byId("version").textContent = build ? `Version ${version} (${build})` : `Version ${version}`;

  const results = new Results();
  const figures = new Figures(byId("figures"), lab, () => session?.entry.id ?? "figure");
  const form = new Form(byId("knobs"), (key, value) => turnKnob(key, value));
  const address = new Address((link) => visit(link));
  const transport = new Transport({
    toggle,
    step: stepOnce,
    reset,
    cancel,
    restart: () => restart(true),
    speed: (speed) => runner.speed(speed),
    skip: () => {
      if (session?.replay) runner.skip(session.replay);
      become("running");
    },
  });
  const share = startSharing(gatherShare);
  startStored(runner, question, takeUp);
  startKeys({
    " ": toggle,
    ".": stepOnce,
    0: reset,
    s: share,
    "?": showHelp,
  });

  onTheme(() => {
    figures.restyle();
    stage?.restyle();
  });
  document.addEventListener("visibilitychange", () => {
    runner.hidden(document.hidden);
    if (!document.hidden) pulse();
  });
  byId("bundle").addEventListener("click", saveBundle);
  byId("fresh-seed").addEventListener("click", () => setSeed(lab.freshSeed()));
  const seedField = /** @type {HTMLInputElement} */ (byId("seed"));
  seedField.addEventListener("change", () => setSeed(seedField.value.trim()));

  buildCatalogue();
  await visit(address.link());
  root.dataset.lab = "ready";

  // ---- Where the visitor is ------------------------------------------------------------------

  /**
   * Goes where a link says. An empty link is the first experiment with its first preset.
   *
   * @param {string} link
   */
  async function visit(link) {
    try {
      const bare = link === "" ? catalogue[0] : entryOf(link);
      if (bare) {
        const values = { ...defaults(bare), ...bare.presets[0]?.values };
        await choose(bare, lab.freshSeed(), values, "replace");
        return;
      }
      const reading = lab.readLink(link);
      const entry = entryOf(reading.experiment);
      if (!entry) throw new Error(`There is no experiment “${reading.experiment}”.`);
      await choose(entry, reading.seed, reading.values, "replace", { ...reading, link });
    } catch (error) {
      await badLink(error instanceof Error ? error.message : String(error));
    }
  }

  /** @param {string} sentence */
  async function badLink(sentence) {
    const first = catalogue[0];
    if (runner && session?.opened) await runner.close().catch(() => {});
    leave();
    root.dataset.experiment = "";
    byId("lab").hidden = true;
    byId("question").textContent = "This link cannot be opened";
    byId("lede").replaceChildren();
    closeCards();
    become("failed");
    showCard({
      id: "bad-link",
      tone: "bad",
      text: sentence,
      stays: true,
      actions: first ? [{ label: "Start with the first experiment", act: () => go(first.id) }] : [],
    });
  }

  /**
   * @param {string} id
   * @param {{ seed: string, values: Values }} [carried]
   */
  function go(id, carried) {
    const entry = entryOf(id);
    if (!entry) return;
    /** @type {Values} */
    const values = { ...defaults(entry), ...entry.presets[0]?.values };
    for (const { key } of entry.knobs) {
      const value = carried?.values[key];
      if (value === undefined) continue;
      try {
        // A value that the other experiment allows may be too much for this one.
        lab.writeLink(id, carried?.seed ?? "1", { ...values, [key]: value });
        values[key] = value;
      } catch {
        // Its own default stands.
      }
    }
    scrollTo({ top: 0 });
    choose(entry, carried?.seed ?? lab.freshSeed(), values, "push").then(() =>
      byId("question").focus({ preventScroll: true }),
    );
  }

  /**
   * Shows an experiment with these knobs, and starts it if it is one that lives by itself.
   *
   * @param {Entry} entry
   * @param {string} seed
   * @param {Values} values
   * @param {"push" | "replace"} how
   * @param {Reading} [reading] the link that was followed
   */
  async function choose(entry, seed, values, how, reading) {
    const link = reading?.link ?? lab.writeLink(entry.id, seed, values);
    const same = session?.entry === entry;
    if (session?.opened && !same) await runner.close().catch(() => {});
    if (!same) leave();
    closeCards();
    byId("lab").hidden = false;
    session = {
      entry,
      seed,
      values: { ...values },
      link,
      running: { ...values },
      opened: false,
      run: "",
      step: 0,
      saved: -1,
      crashes: 0,
      cpu: "",
      replay: reading?.steps ?? null,
    };
    address.show(link, how);
    root.dataset.experiment = entry.id;
    if (!same) {
      explain(entry);
      buildPresets(entry);
      buildNext(entry);
      form.build(entry.knobs, values);
      await mountStage(entry);
    }
    clearResults();
    transport.fit(entry);
    showValues();
    for (const node of document.querySelectorAll("[data-experiment-link]")) {
      const here = /** @type {HTMLElement} */ (node).dataset.experimentLink === entry.id;
      if (here) node.setAttribute("aria-current", "page");
      else node.removeAttribute("aria-current");
    }
    if (session.replay) {
      const { steered = 0, fingerprint = null } = reading ?? {};
      const pushes = steered
        ? `, with ${grouped(steered)} ${steered === 1 ? "push" : "pushes"} of the sender`
        : "";
      const proof = fingerprint ? " At the end the numbers are compared with the sender’s." : "";
      showCard({
        id: "replay",
        tone: "quiet",
        text: `This link replays a run up to step ${grouped(session.replay)}${pushes}.${proof}`,
      });
    }
    // Offered before anything new is stored.
    await offerStored(link, how === "replace" && (!reading || session.replay === null));
    if (entry.endless && entry.pace !== null) await open({ playing: !lessMotion.matches });
    else {
      become("idle");
      say(`Ready. ${entry.trains ? "Training" : "The work"} begins when you press Start.`);
    }
  }

  /** Takes the present experiment off the page. */
  function leave() {
    stage?.unmount();
    stage = null;
    session = null;
    clearResults();
  }

  function clearResults() {
    figures.clear();
    results.clear();
    byId("device").textContent = "";
    byId("results").hidden = true;
    byId("nothing-yet").hidden = Boolean(session?.entry.stage);
    root.dataset.step = "0";
  }

  /** @param {Entry} entry */
  function explain(entry) {
    const parts = fragment(entry.about);
    const [first] = parts;
    const lede = first?.tagName === "P" ? parts.shift() : undefined;
    byId("question").textContent = entry.question;
    document.title = `${entry.question} – Attractor Lab`;
    byId("lede").replaceChildren(...(lede ? lede.childNodes : []));
    byId("explanation").replaceChildren(...parts);
    // Tables and formulas may be wider than a phone; they scroll by themselves.
    for (const wide of byId("explanation").querySelectorAll("table, pre"))
      wide.setAttribute("tabindex", "0");
    for (const link of /** @type {NodeListOf<HTMLAnchorElement>} */ (
      byId("explanation").querySelectorAll("a[href^=http]")
    )) {
      link.rel = "noopener noreferrer";
      link.target = "_blank";
    }
    byId("explanation").hidden = parts.length === 0;
  }

  /** @param {Entry} entry */
  async function mountStage(entry) {
    const host = byId("stage");
    const load = entry.stage ? STAGES[entry.stage] : undefined;
    host.hidden = !load;
    root.dataset.stage = load ? (entry.stage ?? "") : "";
    if (!load) return;
    const { mount } = await load();
    stage = mount(host, {
      knob: (key) => entry.knobs.find((knob) => knob.key === key),
      value: (key) => session?.values[key],
      steer: (key, value) => turnKnob(key, value),
      playing: () => state === "running",
      theme,
      still: () => lessMotion.matches,
    });
  }

  // ---- The catalogue -------------------------------------------------------------------------

  function buildCatalogue() {
    const links = () =>
      catalogue.map((entry) =>
        el(
          "li",
          {},
          el(
            "a",
            {
              href: `#${entry.id}`,
              "data-experiment-link": entry.id,
              onclick: (/** @type {MouseEvent} */ event) => {
                if (event.metaKey || event.ctrlKey || event.shiftKey) return;
                event.preventDefault();
                byId("menu").hidePopover();
                go(entry.id);
              },
            },
            entry.question,
          ),
        ),
      );
    byId("menu-list").replaceChildren(...links());
    byId("catalogue-list").replaceChildren(...links());
    byId("catalogue").hidden = false;
  }

  /** @param {Entry} entry */
  function buildPresets(entry) {
    byId("presets").replaceChildren(
      ...entry.presets.map(({ name, about, values }) =>
        el(
          "button",
          {
            type: "button",
            class: "preset",
            "data-preset": name,
            "aria-pressed": "false",
            onclick: () => setValues({ ...defaults(entry), ...values }),
          },
          el("strong", {}, name),
          el("span", {}, about),
        ),
      ),
    );
    byId("presets-field").hidden = entry.presets.length < 2;
  }

  /** @param {Entry} entry */
  function buildNext(entry) {
    byId("next").hidden = entry.next.length === 0;
    byId("next-list").replaceChildren(
      ...entry.next.map(({ label, experiment }) =>
        el(
          "button",
          {
            type: "button",
            class: "next",
            "data-next": experiment,
            onclick: () =>
              session && go(experiment, { seed: session.seed, values: session.values }),
          },
          el("span", {}, label),
          el("small", {}, question(experiment)),
        ),
      ),
    );
  }

  // ---- Knobs ---------------------------------------------------------------------------------

  /** @param {Entry} entry */
  function defaults(entry) {
    return Object.fromEntries(entry.knobs.map((knob) => [knob.key, knob.default]));
  }

  /**
   * @param {string} key
   * @param {Value} value
   */
  function turnKnob(key, value) {
    if (!session) return;
    const values = { ...session.values, [key]: value };
    try {
      settle(session.seed, values);
    } catch (error) {
      form.fail(key, error instanceof Error ? error.message : String(error));
      return;
    }
    const knob = session.entry.knobs.find((each) => each.key === key);
    if (knob?.live) {
      if (session.opened) runner.steer(key, value);
    } else {
      changed();
    }
    showValues();
  }

  /** @param {Values} values */
  function setValues(values) {
    if (!session) return;
    settle(session.seed, values);
    changed();
    showValues();
  }

  /** @param {string} seed */
  function setSeed(seed) {
    if (!session) return;
    try {
      settle(seed, session.values);
    } catch (error) {
      byId("seed-problem").textContent = error instanceof Error ? error.message : String(error);
      return;
    }
    changed();
    showValues();
  }

  /**
   * Accepts a seed and knobs if the Rust side does, and tells the address bar.
   *
   * @param {string} seed
   * @param {Values} values
   */
  function settle(seed, values) {
    if (!session) return;
    const link = lab.writeLink(session.entry.id, seed, values);
    Object.assign(session, { seed, values, link, replay: null });
    closeCard("replay");
    transport.skipTo(null);
    address.showSoon(link);
    addressSoon();
  }

  function addressSoon() {
    clearTimeout(addressTimer);
    addressTimer = setTimeout(() => session?.opened && runner.address(session.link), 500);
  }

  /** Something changed that a run takes in only when it begins. */
  function changed() {
    if (!session) return;
    const { entry } = session;
    if (entry.endless && entry.pace !== null) {
      // A living picture simply begins again; several changes in a row count as one.
      clearTimeout(restartTimer);
      restartTimer = setTimeout(() => restart(state === "running"), 350);
      return;
    }
    transport.pending(session.opened && state !== "over" && session.step > 0);
  }

  function showValues() {
    if (!session) return;
    const { entry, values, seed, running, opened } = session;
    form.show(values);
    seedField.value = seed;
    byId("seed-problem").textContent = "";
    stage?.values(values);
    const pending = new Set(
      entry.knobs
        .filter(({ key, live }) => !live && opened && values[key] !== running[key])
        .map(({ key }) => key),
    );
    form.pending(entry.endless && entry.pace !== null ? new Set() : pending);
    for (const preset of entry.presets) {
      const on = Object.entries(preset.values).every(([key, value]) => values[key] === value);
      document
        .querySelector(`[data-preset="${CSS.escape(preset.name)}"]`)
        ?.setAttribute("aria-pressed", String(on));
    }
  }

  // ---- Running -------------------------------------------------------------------------------

  /**
   * @param {{ playing: boolean, resume?: StoredRun }} how
   */
  async function open({ playing, resume }) {
    if (!session) return;
    const here = session;
    const { entry, values } = session;
    clearTimeout(restartTimer);
    clearResults();
    transport.clear();
    closeCard("crash");
    session.running = { ...values };
    session.step = 0;
    session.run = resume?.run ?? `${entry.id}~${Date.now().toString(36)}`;
    session.saved = resume?.step ?? -1;
    session.opened = true;
    stage?.restart();
    showValues();
    transport.skipTo(session.replay && !resume ? session.replay : null);
    become(playing ? (entry.trains ? "loading" : "running") : "paused");
    if (entry.trains) say("Getting ready.");
    try {
      await runner.open({
        link: session.link,
        experiment: entry.id,
        run: session.run,
        resume: Boolean(resume),
        trains: entry.trains,
        device: String(values.device ?? "auto"),
        cpu: session.cpu,
        pace: entry.pace,
        speed: transport.speed,
        playing,
      });
      if (session !== here) return;
      if (document.hidden) runner.hidden(true);
      // A still picture of what is to come.
      if (!playing && entry.stage) await runner.step();
      pulse();
    } catch (error) {
      if (session !== here || state === "failed") return;
      crashed(error instanceof Error ? error.message : String(error), false, -1, false);
    }
  }

  async function toggle() {
    if (!session) return;
    if (state === "running" || state === "loading") {
      if (state === "loading") return cancel();
      become("paused");
      await runner.pause().catch(() => {});
    } else if (state === "paused" && session.opened) {
      become("running");
      await runner.play().catch(() => {});
      pulse();
    } else {
      await restart(true);
    }
  }

  /** @returns {Promise<void>} */
  async function stepOnce() {
    if (!session || state === "over" || state === "failed" || state === "loading") return;
    if (!session.opened) return open({ playing: false }).then(stepOnce);
    become("paused");
    await runner.step().catch(() => {});
    pulse();
  }

  async function reset() {
    if (!session) return;
    if (session.entry.endless && session.entry.pace !== null) return restart(state === "running");
    if (session.opened) await runner.close().catch(() => {});
    session.opened = false;
    session.step = 0;
    clearResults();
    transport.clear();
    showValues();
    become("idle");
    say("Ready. It begins when you press Start.");
  }

  async function cancel() {
    if (!session?.opened) return;
    const { step } = session;
    become("over");
    say(`Cancelled at step ${grouped(step)}.`);
    await runner.cancel().catch(() => {});
    become("over");
  }

  /** @param {boolean} playing */
  async function restart(playing) {
    if (!session) return;
    session.link =
      session.replay === null
        ? lab.writeLink(session.entry.id, session.seed, session.values)
        : session.link;
    await open({ playing });
  }

  /** @param {import("./transport.js").State} now */
  function become(now) {
    state = now;
    root.dataset.state = { idle: "paused", loading: "running" }[/** @type {string} */ (now)] ?? now;
    transport.state(now);
    /** @type {HTMLButtonElement} */ (byId("bundle")).disabled = !(
      session?.opened && ["paused", "over", "running"].includes(now)
    );
    if (now === "running") pulse();
  }

  /** Asks for frames once per picture, as long as there is something to see. */
  function pulse() {
    if (beating || !stage) return;
    const beat = () => {
      beating = 0;
      if (!stage || document.hidden) return;
      runner.pull();
      if (state === "running") beating = requestAnimationFrame(beat);
    };
    beating = requestAnimationFrame(beat);
  }

  /** @param {import("./types.js").LabEvent} event */
  function hear(event) {
    if (!session) return;
    switch (event.kind) {
      case "progress":
        session.step = event.done;
        root.dataset.step = String(event.done);
        if (state === "loading") become("running");
        transport.progress(event);
        if (session.replay && event.done >= session.replay) {
          session.replay = null;
          transport.skipTo(null);
          closeCard("replay");
        }
        break;
      case "metric":
        byId("results").hidden = false;
        byId("nothing-yet").hidden = true;
        results.metric(event);
        break;
      case "figure":
        byId("results").hidden = false;
        byId("nothing-yet").hidden = true;
        figures.show(event);
        break;
      case "file":
        byId("results").hidden = false;
        results.file(event);
        break;
      case "note":
      case "warning":
        byId("results").hidden = false;
        results.remark(event.kind, event.text);
        if (event.kind === "warning") announce(event.text);
        break;
      case "status":
        say(event.text);
        break;
      case "device":
        byId("device").textContent = event.text;
        break;
      case "verdict":
        byId("results").hidden = false;
        results.remark(event.same ? "good" : "bad", event.text);
        closeCard("replay");
        showCard({ id: "verdict", tone: event.same ? "good" : "bad", text: event.text });
        break;
    }
  }

  /** @param {string} text */
  function say(text) {
    byId("status").textContent = text;
    if (text !== spoken) announce(text);
    spoken = text;
  }

  // ---- What is stored, and what goes wrong ---------------------------------------------------

  /**
   * Offers the newest stored run of this experiment, if the address bar does not ask for another.
   *
   * @param {string} link
   * @param {boolean} wanted
   */
  async function offerStored(link, wanted) {
    if (!wanted || !session) return;
    const { entry } = session;
    const here = session;
    // Not waited for: the living ring moves first.
    runner
      .stored()
      .then(({ runs }) => {
        const found = runs.find(
          ({ experiment, run }) => experiment === entry.id && run !== here.run,
        );
        if (!found || session !== here) return;
        const asked = fresh || found.link === link || found.address === link;
        if (!asked || found.step < 2) return;
        showCard({
          id: "resume",
          tone: "offer",
          text: `An earlier run is kept on this device, at step ${grouped(found.step)}.`,
          actions: [
            {
              id: "resume",
              label: found.over
                ? "Show the finished run"
                : `Resume from step ${grouped(found.step)}`,
              act: () => takeUp(found),
            },
            { label: "Delete it", act: () => void runner.erase(found.run).catch(() => {}) },
          ],
        });
      })
      .catch(() => {});
    const fresh = freshVisit;
    freshVisit = false;
  }

  /**
   * Takes a stored run up again, with the knobs as they stood.
   *
   * @param {StoredRun} stored
   */
  async function takeUp(stored) {
    try {
      const { seed, values } = lab.readLink(stored.address || stored.link);
      const entry = entryOf(stored.experiment);
      if (!entry) throw new Error(`There is no experiment “${stored.experiment}”.`);
      if (session?.entry !== entry) await chooseQuietly(entry, seed, values);
      if (!session) return;
      closeCards();
      Object.assign(session, { seed, values, link: stored.link, replay: null });
      address.show(lab.writeLink(entry.id, seed, values), "replace");
      showValues();
      await open({ playing: true, resume: stored });
    } catch (error) {
      showCard({
        id: "stored-bad",
        tone: "bad",
        text: error instanceof Error ? error.message : String(error),
      });
    }
  }

  /**
   * @param {Entry} entry
   * @param {string} seed
   * @param {Values} values
   */
  async function chooseQuietly(entry, seed, values) {
    await choose(entry, seed, values, "push");
    scrollTo({ top: 0 });
  }

  /**
   * @param {string} text
   * @param {boolean} trap
   * @param {number} step
   * @param {boolean} gpu
   */
  function crashed(text, trap, step, gpu) {
    if (!session) return;
    become("failed");
    session.opened = false;
    session.crashes += 1;
    if (trap) runner.respawn();
    // A device that failed twice is not asked a third time.
    if (gpu && session.crashes > 1) session.cpu = "the graphics device failed twice";
    const { entry, link, saved, run } = session;
    const at = step > 0 ? ` at step ${grouped(step)}` : "";
    const report = [
      `Attractor Lab ${version}${build ? ` (${build})` : ""}`,
      `Link: ${location.href.split("#")[0]}#${link}`,
      `Happened${at || " before the first step"}: ${text}`,
      `Device: ${byId("device").textContent || "unknown"}`,
      `Browser: ${navigator.userAgent}`,
    ].join("\n");
    say(trap ? `The run broke off${at}.` : `The run stopped${at}.`);
    showCard({
      id: "crash",
      tone: "bad",
      title: trap ? `The run broke off${at}` : `The run stopped${at}`,
      text: trap ? `Something went wrong inside the program: ${text}` : text,
      report,
      actions: [
        ...(saved > 0
          ? [
              {
                id: "crash-resume",
                label: `Resume from step ${grouped(saved)}`,
                act: () => void open({ playing: true, resume: storedAs(run, saved) }),
              },
            ]
          : []),
        {
          id: "crash-again",
          label: entry.endless ? "Start again" : "Start from the beginning",
          act: () => void restart(true),
        },
        {
          label: "Copy the report",
          keep: true,
          act: () =>
            void copy(report).then((ok) =>
              toast(
                ok
                  ? "The report is on your clipboard."
                  : "Open the report below and copy it by hand.",
              ),
            ),
        },
      ],
    });
  }

  /** @param {string} reason */
  function replaced(reason) {
    if (!session?.opened) return;
    const { saved, run } = session;
    if (state === "over") return; // cancelled: nothing to bring back
    const wasRunning = state === "running";
    if (saved > 0) {
      showCard({
        id: "replaced",
        tone: "quiet",
        text: `A new worker took over, because ${reason}; the run goes on from step ${grouped(saved)}.`,
      });
      void open({ playing: wasRunning, resume: storedAs(run, saved) });
    } else {
      crashed(`It had to be stopped: ${reason}.`, false, -1, false);
    }
  }

  /**
   * @param {string} run
   * @param {number} step
   * @returns {StoredRun}
   */
  function storedAs(run, step) {
    const { entry, link } = /** @type {Session} */ (session);
    return {
      run,
      step,
      experiment: entry.id,
      link,
      address: link,
      saved: 0,
      over: false,
      bytes: 0,
    };
  }

  /**
   * @param {string} id
   * @param {string} text
   */
  function noticed(id, text) {
    // A living picture loses nothing worth a notice when it cannot be stored.
    if (id === "storage" && session?.entry.endless) return;
    if (!document.getElementById(`card-${id}`)) showCard({ id, tone: "quiet", text });
  }

  // ---- Taking things away --------------------------------------------------------------------

  async function gatherShare() {
    const opened = Boolean(session?.opened) && state !== "loading";
    const [run, recipe] = opened
      ? await Promise.all([runner.link().catch(() => null), runner.recipe().catch(() => null)])
      : [null, null];
    const settings = session
      ? lab.writeLink(session.entry.id, session.seed, session.values)
      : address.link();
    const name = session?.entry.id ?? "attractor-lab";
    return { settings, run, recipe, step: session?.step ?? 0, name };
  }

  async function saveBundle() {
    const button = /** @type {HTMLButtonElement} */ (byId("bundle"));
    const name = `${session?.entry.id ?? "run"}-${session?.seed ?? ""}.zip`;
    button.disabled = true;
    try {
      const bytes = await runner.bundle(build || version);
      download(name, new Blob([bytes], { type: "application/zip" }));
    } catch (error) {
      toast(`The archive could not be made: ${error instanceof Error ? error.message : error}`);
    } finally {
      button.disabled = false;
    }
  }
}
