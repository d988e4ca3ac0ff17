// The bench: one run at a time, from its start to its end, or to its crash. It drives the worker,
// shows what comes back, and keeps the transport, the stage and the results in step.

import { reasonOf, sentenceOf } from "./boot.js";
import { crashCard, replacedCard } from "./cards.js";
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
};

/** How long changes must rest before a living picture begins again. */
const REST = 350; // ms

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
  #spoken = "";
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
      failed: ({ text, trap, step, gpu }) => this.#crashed(text, trap, step, gpu),
      replaced: (reason) => this.#replaced(reason),
      loading: (loaded, total) => this.#transport.loading(loaded, total),
      notice: ({ id, text }) => this.#noticed(id, text),
      saved: (step) => this.session && (this.session.saved = step),
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
    root.dataset.experiment = session.entry.id;
    if (!same) await this.#mount(session);
    if (turn !== this.#placed) return;
    this.#wipe();
    this.#transport.fit(session.entry);
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
   * @param {{ playing: boolean, resume?: StoredRun }} how
   */
  async open({ playing, resume }) {
    const { session } = this;
    if (!session) return;
    const { entry, values } = session;
    const turn = ++this.#opened;
    clearTimeout(this.#restartTimer);
    const materials = await this.#gather(resume?.link ?? session.link);
    if (turn !== this.#opened || !materials) return;
    this.#wipe();
    this.#transport.clear();
    closeCard("crash");
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
      await opening;
      if (turn !== this.#opened) return;
      if (document.hidden) this.#runner.hidden(true);
      // A still picture of what is to come.
      if (!playing && entry.stage) await this.#runner.step();
      this.#pulse();
    } catch (error) {
      // Whoever replaced the run or the worker has told already.
      const told = this.state === "over" || this.state === "failed";
      if (this.#runner.lost) return this.#become("failed");
      // What could not be taken up is not offered again.
      if (resume) session.saved = -1;
      if (turn === this.#opened && !told) this.#crashed(reasonOf(error), false, -1, false);
    }
  }

  async toggle() {
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

  /**
   * @param {string} text
   * @param {boolean} trap
   * @param {number} step
   * @param {boolean} gpu
   */
  #crashed(text, trap, step, gpu) {
    const { session } = this;
    if (!session) return;
    const device = byId("device").textContent ?? "";
    this.#become("failed");
    session.opened = false;
    session.crashes += 1;
    if (trap) this.#runner.respawn();
    // A graphics device that failed twice is not asked a third time.
    if (gpu && session.crashes > 1) session.cpu = "the graphics device failed twice";
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
      resume: () => this.#resume(true),
      again: () => void this.open({ playing: true }),
    });
  }

  /** @param {string} reason */
  #replaced(reason) {
    const { session } = this;
    // A cancelled run is not brought back.
    if (!session?.opened || this.state === "over") return;
    if (session.saved > 0) {
      replacedCard(reason, session.saved);
      this.#resume(this.state === "running");
    } else {
      this.#crashed(`It had to be stopped, because ${reason}.`, false, -1, false);
    }
  }

  /**
   * Takes the present run up again from its newest checkpoint.
   *
   * @param {boolean} playing
   */
  #resume(playing) {
    const { session } = this;
    if (!session) return;
    const { run, saved, entry, link } = session;
    const stored = { run, experiment: entry.id, step: saved, link, address: link };
    void this.open({ playing, resume: { ...stored, saved: 0, over: false, bytes: 0 } });
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
