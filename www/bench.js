// The bench: one run at a time, from its start to its end, or to its crash. It drives the worker,
// shows what comes back, and keeps the transport, the stage and the results in step.

import { reasonOf, sentenceOf } from "./boot.js";
import { crashCard, gpuLostCard, overshotCard, replacedCard } from "./cards.js";
import { byId, grouped } from "./dom.js";
import { Figures } from "./figures.js";
import { announce, closeCard, showCard } from "./notices.js";
import { Results } from "./results.js";
import { lives } from "./session.js";
import { onTheme, theme } from "./theme.js";
import { Transport } from "./transport.js";

/** @typedef {import("./session.js").Session} Session */
/** @typedef {import("./types.js").LabEvent} LabEvent */
/** @typedef {import("./types.js").Stage} Stage */
/** @typedef {import("./types.js").StoredRun} StoredRun */
/** @typedef {import("./types.js").Value} Value */
/** @typedef {import("./transport.js").State} State */

/** Live pictures, by the name that the catalogue gives. A new one is a file and a line. */
/** @type {Record<string, () => Promise<Pick<typeof import("./stage-ring.js"), "mount">>>} */
const STAGES = {
  ring: () => import("./stage-ring.js"),
  space: () => import("./stage-space.js"),
};

/** How long changes must rest before a living picture begins again. */
const REST = 350; // ms

/** How often a run is tried again with a graphics processor that failed. */
const GPU_RETRIES = 2;

const root = document.documentElement;
const lessMotion = matchMedia("(prefers-reduced-motion: reduce)");

export class Bench {
  /** @type {Session | null} */
  session = null;
  /** @type {State} */
  state = "idle";
  /** @type {Stage | null} */
  #stage = null;
  #runner;
  #figures;
  #results = new Results();
  #transport;
  #program;
  /** Turns a knob as if the visitor had done so in the form. */
  #turn;
  /** How often the visitor has started or paused. */
  #driven = 0;
  #spoken = "";
  /** Whether the browser was asked to keep what is stored. */
  #keeps = false;
  #beat = 0;
  /** Fetches what a link needs; nothing where it is not here and was asked for. */
  #gather;
  /** Counts what was placed and opened, so that whoever waited knows whether it still matters. */
  #placed = 0;
  #opened = 0;
  /** @type {number | undefined} */
  #restartTimer;

  /**
   * @param {import("./types.js").Core} lab
   * @param {import("./runner.js").Runner} runner
   * @param {() => string} program name, version and build, for reports
   * @param {(key: string, value: Value) => void} turn
   * @param {(link: string) => Promise<Uint8Array[] | null>} gather fetches what was opened from
   *   files and a link needs; nothing where it is not here, and then the visitor is told
   */
  constructor(lab, runner, program, turn, gather) {
    this.#runner = runner;
    this.#program = program;
    this.#turn = turn;
    this.#gather = gather;
    this.#figures = new Figures(byId("figures"), lab, () => this.session?.entry.id ?? "figure");
    this.#transport = new Transport({
      toggle: () => this.toggle(),
      step: () => this.step(),
      reset: () => this.reset(),
      cancel: () => this.cancel(),
      restart: () => this.open({ playing: true }),
      speed: (speed) => runner.speed(speed),
      skip: () => this.skip(),
    });
    runner.listen({
      events: (events) => events.forEach((event) => this.#hear(event)),
      frames: (frames) => frames.forEach((frame) => this.#stage?.frame(frame)),
      state: ({ state, step }) => this.#told(state, step),
      failed: (failure) => this.#failed(failure),
      replaced: (reason) => this.#replaced(reason),
      loading: (loaded, total) => this.#transport.loading(loaded, total),
      notice: ({ id, text }) => this.#noticed(id, text),
      saved: (step) => this.#saved(step),
      lost: (reason) => this.#lost(reason),
    });
    onTheme(() => {
      this.#figures.restyle();
      this.#stage?.restyle();
    });
    document.addEventListener("visibilitychange", () => {
      runner.hidden(document.hidden);
      this.#pulse();
    });
  }

  // ---- What is on the bench ------------------------------------------------------------------

  /**
   * Puts a session on the bench and, if it is a living picture, starts it.
   *
   * @param {Session} session
   */
  async place(session) {
    const same = this.session?.entry === session.entry;
    if (!same) await this.clear();
    // A training that still goes on with other settings is not what the link asks for.
    else if (this.session?.opened && !lives(session.entry))
      await this.#runner.close().catch(() => {});
    const turn = ++this.#placed;
    this.#opened += 1;
    this.session = session;
    if (!same) await this.#mount(session);
    if (turn !== this.#placed) return;
    this.#wipe();
    this.#transport.fit(session.entry);
    root.toggleAttribute("data-lives", lives(session.entry));
    root.dataset.experiment = session.entry.id;
    if (lives(session.entry)) await this.open({ playing: !lessMotion.matches });
    else {
      this.#become("idle");
      this.#say("Ready. It begins when you press Start.");
    }
  }

  /** Takes everything off. */
  async clear() {
    const { session } = this;
    clearTimeout(this.#restartTimer);
    this.#placed += 1;
    this.#opened += 1;
    this.#stage?.unmount();
    this.#stage = null;
    this.session = null;
    root.dataset.experiment = "";
    this.#wipe();
    if (session?.opened) await this.#runner.close().catch(() => {});
  }

  /** There is nothing that could run. */
  fail() {
    this.#become("failed");
  }

  /** @param {Session} session */
  async #mount(session) {
    const { stage: name, knobs } = session.entry;
    const load = name ? STAGES[name] : undefined;
    byId("stage").hidden = !load;
    root.dataset.stage = load && name ? name : "";
    if (!load) return;
    const { mount } = await load();
    if (this.session !== session) return;
    this.#stage = mount(byId("stage"), {
      knob: (key) => knobs.find((knob) => knob.key === key),
      value: (key) => this.session?.values[key],
      steer: this.#turn,
      playing: () => this.state === "running",
      theme,
      still: () => lessMotion.matches,
    });
    this.#stage.values(session.values);
  }

  #wipe() {
    this.#figures.clear();
    this.#results.clear();
    byId("device").textContent = "";
    byId("results").hidden = true;
    byId("nothing-yet").hidden = !this.session || Boolean(this.session.entry.stage);
    root.dataset.step = "0";
  }

  /** The knobs were changed. */
  show() {
    if (this.session) this.#stage?.values(this.session.values);
  }

  /**
   * @param {string} key
   * @param {Value} value
   */
  steer(key, value) {
    if (this.session?.opened) this.#runner.steer(key, value);
  }

  /** Something changed that a run takes in only when it begins. */
  changed() {
    const { session } = this;
    if (!session) return;
    this.#transport.skipTo(null);
    if (lives(session.entry)) {
      clearTimeout(this.#restartTimer);
      const again = () => this.open({ playing: this.state === "running" });
      this.#restartTimer = setTimeout(again, REST);
    } else {
      this.#transport.pending(session.opened && session.step > 0 && this.state !== "over");
    }
  }

  // ---- Driving -------------------------------------------------------------------------------

  /**
   * @param {{ playing: boolean, resume?: StoredRun, retry?: boolean }} how `retry`: by itself, after
   *   the graphics processor failed
   * @returns {Promise<boolean>} whether it is open now
   */
  async open({ playing, resume, retry = false }) {
    const { session } = this;
    if (!session) return false;
    const { entry, values } = session;
    const turn = ++this.#opened;
    clearTimeout(this.#restartTimer);
    const materials = await this.#gather(resume?.link ?? session.link);
    if (turn !== this.#opened || !materials) return false;
    this.#wipe();
    this.#transport.clear();
    for (const card of ["crash", "overshot", "copy"]) closeCard(card);
    if (!retry) session.gpuFailures = 0;
    session.begun = { ...values };
    session.step = 0;
    session.run = resume?.run ?? `${entry.id}~${Date.now().toString(36)}`;
    session.saved = resume?.step ?? -1;
    session.opened = true;
    this.#stage?.restart();
    this.#transport.skipTo(session.replay);
    this.#become(playing ? "loading" : "paused");
    if (!playing) this.#say("Ready: press Start to let it run.");
    else if (!lives(entry)) this.#say("Getting ready.");
    const driven = this.#driven;
    try {
      const opening = this.#runner.open({
        link: session.link,
        experiment: entry.id,
        run: session.run,
        resume: Boolean(resume),
        trains: entry.trains,
        device: String(values.device ?? "auto"),
        cpu: session.cpu,
        pace: entry.pace,
        replay: session.replay,
        speed: this.#transport.speed,
        playing,
        materials,
      });
      // The first picture is asked for before there is one.
      if (entry.stage) this.#runner.pull();
      const opened = await opening;
      if (turn !== this.#opened) return false;
      session.run = opened.run;
      session.gpu = opened.gpu;
      if (document.hidden) this.#runner.hidden(true);
      // A still picture of what is to come, unless the visitor has let it run meanwhile.
      if (!playing && entry.stage && driven === this.#driven) await this.#runner.step();
      this.#pulse();
      return true;
    } catch (error) {
      // Whoever replaced the run or the worker has told already.
      const told = this.state === "over" || this.state === "failed";
      if (this.#runner.lost) {
        this.#become("failed");
        return false;
      }
      // What could not be taken up is not offered again.
      if (resume) session.saved = -1;
      if (turn === this.#opened && !told) this.#crashed(reasonOf(error), false, -1);
      return false;
    }
  }

  async toggle() {
    this.#driven++;
    if (this.state === "running" || this.state === "loading") {
      this.#become("paused");
      await this.#runner.pause().catch(() => {});
    } else if (this.state === "paused" && this.session?.opened) {
      this.#become("running");
      await this.#runner.play().catch(() => {});
    } else {
      await this.open({ playing: true });
    }
  }

  async step() {
    if (this.state === "idle") await this.open({ playing: false });
    if (this.state !== "running" && this.state !== "paused") return;
    this.#become("paused");
    await this.#runner.step().catch(() => {});
    this.#pulse();
  }

  async reset() {
    const { session } = this;
    if (!session) return;
    if (lives(session.entry)) return this.open({ playing: this.state === "running" });
    if (session.opened) await this.#runner.close().catch(() => {});
    session.opened = false;
    session.step = 0;
    this.#wipe();
    this.#transport.clear();
    this.#become("idle");
    this.#say("Ready. It begins when you press Start.");
  }

  async cancel() {
    if (!this.session?.opened) return;
    this.#become("over");
    this.#say(`Cancelled at step ${grouped(this.session.step)}.`);
    await this.#runner.cancel().catch(() => {});
  }

  skip() {
    const { replay, step } = this.session ?? { replay: null, step: 0 };
    if (replay === null || step >= replay) return;
    this.#runner.skip(replay);
    this.#become("running");
  }

  /** @param {State} state */
  #become(state) {
    this.state = state;
    const told = { idle: "paused", loading: "running" }[/** @type {string} */ (state)] ?? state;
    root.dataset.state = told;
    this.#transport.state(state);
    /** @type {HTMLButtonElement} */ (byId("bundle")).disabled = !(
      this.session?.opened && ["paused", "over", "running"].includes(state)
    );
    if (state === "running") this.#pulse();
  }

  /** Asks for frames once per picture, as long as there is something to see. */
  #pulse() {
    if (this.#beat || !this.#stage || document.hidden) return;
    this.#beat = requestAnimationFrame(() => {
      this.#beat = 0;
      this.#runner.pull();
      if (this.state === "running") this.#pulse();
    });
  }

  // ---- Hearing -------------------------------------------------------------------------------

  /**
   * @param {"running" | "paused" | "over"} state
   * @param {number} step
   */
  #told(state, step) {
    if (!this.session) return;
    this.session.step = step;
    root.dataset.step = String(step);
    this.#become(state);
    // What stands still shows where it stands, to the last step.
    this.#pulse();
  }

  /** @param {LabEvent} event */
  #hear(event) {
    const { session } = this;
    if (!session) return;
    if (["metric", "figure", "file", "note", "warning", "verdict"].includes(event.kind)) {
      byId("results").hidden = false;
      byId("nothing-yet").hidden = true;
    }
    switch (event.kind) {
      case "progress":
        session.step = event.done;
        root.dataset.step = String(event.done);
        this.#transport.progress(event);
        if (session.replay !== null && event.done >= session.replay) {
          this.#transport.skipTo(null);
          closeCard("replay");
        }
        break;
      case "metric":
        this.#results.metric(event);
        break;
      case "figure":
        this.#figures.show(event);
        break;
      case "file":
        this.#results.file(event);
        break;
      case "note":
        this.#results.remark("note", event.text);
        break;
      case "warning":
        this.#results.remark("warning", event.text);
        announce(event.text);
        break;
      case "status":
        this.#say(event.text);
        break;
      case "device":
        byId("device").textContent = event.text;
        break;
      case "verdict": {
        const tone = event.same ? "good" : "bad";
        this.#results.remark(tone, event.text);
        closeCard("replay");
        showCard({ id: "verdict", tone, text: event.text });
        break;
      }
    }
  }

  /** @param {string} text */
  #say(text) {
    if (text === this.#spoken) return;
    this.#spoken = text;
    byId("status").textContent = text;
    announce(text);
  }

  /**
   * @param {string} id
   * @param {string} text
   */
  #noticed(id, text) {
    // A living picture loses nothing worth a notice when it cannot be stored.
    if (id === "storage" && this.session && lives(this.session.entry)) return;
    if (!document.getElementById(`card-${id}`)) showCard({ id, tone: "quiet", text });
  }

  // ---- What goes wrong -----------------------------------------------------------------------

  /** @param {number} step */
  #saved(step) {
    const { session } = this;
    if (!session) return;
    session.saved = step;
    // A training is worth keeping when room gets scarce. Asked once there is something to keep.
    if (this.#keeps || lives(session.entry)) return;
    this.#keeps = true;
    void navigator.storage?.persist?.().catch(() => {});
  }

  /** @param {{ text: string, name: string, trap: boolean, step: number, gpu: boolean }} failure */
  #failed({ text, name, trap, step, gpu }) {
    if (gpu && (trap || name === "Gpu")) this.#gpuLost(text, step);
    else if (name === "Lost") this.#overshot(text, step);
    else this.#crashed(text, trap, step);
  }

  /**
   * @param {string} text
   * @param {boolean} trap
   * @param {number} step
   */
  #crashed(text, trap, step) {
    const { session } = this;
    if (!session) return;
    const device = byId("device").textContent ?? "";
    this.#become("failed");
    session.opened = false;
    if (trap) this.#runner.respawn();
    const { link, saved } = session;
    this.#say(`The run ${trap ? "broke off" : "stopped"}${step > 0 ? ` at step ${step}` : ""}.`);
    crashCard({
      text: trap ? text : sentenceOf(text),
      trap,
      step,
      saved,
      program: this.#program(),
      link,
      device,
      resume: () => void this.#resume(true),
      again: () => void this.open({ playing: true }),
    });
  }

  /**
   * The graphics processor is gone, out of memory, or refuses its work: a new worker sets it up
   * anew, and in the end does without it.
   *
   * @param {string} reason
   * @param {number} step
   */
  #gpuLost(reason, step) {
    const { session } = this;
    if (!session) return;
    session.opened = false;
    session.gpuFailures += 1;
    const retry = session.gpuFailures <= GPU_RETRIES ? session.gpuFailures : 0;
    if (!retry) session.cpu = "the graphics processor failed three times";
    this.#runner.respawn();
    gpuLostCard(reason, step, session.saved, retry);
    if (session.saved > 0) void this.#resume(true, true);
    else void this.open({ playing: true, retry: true });
  }

  /**
   * The training is lost, because its numbers grew beyond all bounds or everything fell silent: it goes
   * on more slowly from where it was well, if the visitor wants.
   *
   * @param {string} text
   * @param {number} step
   */
  #overshot(text, step) {
    const { session } = this;
    const knob = session?.entry.knobs.find(({ key }) => key === "rate");
    const rate = Number(session?.values.rate);
    const slower = Number((rate / 10).toPrecision(3));
    if (!session || !knob || !(slower >= (knob.min ?? 0))) return this.#crashed(text, false, step);
    this.#become("failed");
    session.opened = false;
    this.#say(`The run stopped at step ${grouped(step)}.`);
    overshotCard({
      text: sentenceOf(text),
      step,
      saved: knob.live ? session.saved : -1,
      rate,
      slower,
      resume: async () => {
        // The turn of the knob is the first thing that happens, and is written into the link.
        if (!(await this.#resume(false))) return;
        this.#turn("rate", slower);
        await this.toggle();
      },
      again: () => {
        this.#turn("rate", slower);
        void this.open({ playing: true });
      },
    });
  }

  /** @param {string} reason */
  #replaced(reason) {
    const { session } = this;
    // A cancelled run is not brought back.
    if (!session?.opened || this.state === "over") return;
    if (session.gpu) {
      this.#gpuLost(reason, session.step);
    } else if (session.saved > 0) {
      replacedCard(reason, session.saved);
      void this.#resume(this.state === "running");
    } else {
      this.#crashed(`It had to be stopped, because ${reason}.`, false, -1);
    }
  }

  /**
   * Takes the present run up again from its newest checkpoint.
   *
   * @param {boolean} playing
   * @param {boolean} [retry]
   * @returns {Promise<boolean>} whether it is open now
   */
  async #resume(playing, retry = false) {
    const { session } = this;
    if (!session) return false;
    const { run, saved, entry, link } = session;
    const stored = { run, experiment: entry.id, step: saved, link, address: link };
    const resume = { ...stored, saved: 0, over: false, bytes: 0, elsewhere: false };
    return this.open({ playing, resume, retry });
  }

  /** @param {string} reason */
  #lost(reason) {
    this.#become("failed");
    showCard({
      id: "lost",
      tone: "bad",
      title: "No computing here",
      text: `The lab’s worker cannot be started (${reason}). The text stays readable; reloading the page may help.`,
    });
  }
}
