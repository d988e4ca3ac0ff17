// The page: where the visitor is, and what the knobs say. Everything else has a module of its own.
//
// Names that tests (and the style sheet) may rely on:
//   <html data-lab="starting | ready | unsupported" data-state="running | paused | over | failed"
//         data-experiment="ring" data-step="1240" data-stage="ring" data-lives>
//   #question #lede #stage #explanation #status #announcer #toast #cards #device #menu #catalogue
//   [data-experiment-link=ID]          an entry of the catalogue
//   #primary[data-label] #step #reset #cancel #restart #skip #speed #count #bar #pending
//   #presets [data-preset=NAME]        #seed #seed-problem #fresh-seed
//   [data-knob=KEY]                    a row of the form; #knob-KEY its field (#knob-KEY-OPTION for
//                                      choices), #knob-KEY-problem the sentence about a wrong value
//   #ring-slider #stage-drive #stage-tool #wake      the living ring
//   #space #space-list #space-spin #space-reset #space-nearer #space-farther #space-png   a state space
//   #figure-ID[data-drawn=N] [data-download=svg|png|csv] details.table
//   #metrics [data-metric=NAME]  #files [data-file=NAME]  #bundle  #remarks  #nothing-yet
//   #share #share-panel #share-run #share-settings  #theme  #help #help-dialog  #keys-on
//   #stored #stored-list #erase  [data-open=stored]  [data-open=help]  #open-recipe #recipe-file
//   #card-ID   ID: bad-link, bad-file, crash, overshot, resume, replay, replaced, copy, stored-bad,
//              storage, device, verdict, unsupported, lost, needs;
//              buttons #resume #crash-resume #crash-again #slower-resume #slower-again #needs-open
//   #opening #opening-files #opening-ROLE(-layout, -channel) #opening-use   the dialog for one's own
//                                      recording; #knob-KEY-open and #knob-KEY-none lead to and from it
//   #next [data-next=ID]

import { Address } from "./address.js";
import { Bench } from "./bench.js";
import { boot, reasonOf, sentenceOf } from "./boot.js";
import { badLinkCard, needsCard, replayCard, resumeCard } from "./cards.js";
import { byId, download } from "./dom.js";
import { Form } from "./form.js";
import {
  buildCatalogue,
  buildNext,
  buildPresets,
  explain,
  markCatalogue,
  markPresets,
} from "./guide.js";
import { startKeys } from "./keys.js";
import { Materials } from "./materials.js";
import { closeCard, closeCards, showCard, toast } from "./notices.js";
import { OpeningDialog } from "./opening.js";
import { startRecipeFiles } from "./recipe-file.js";
import { Runner } from "./runner.js";
import { defaultsOf, lives, newSession } from "./session.js";
import { LONGEST, startSharing } from "./share.js";
import { startStored } from "./stored.js";
import { startTheme } from "./theme.js";
import { trust } from "./trusted.js";

/** @typedef {import("./types.js").Core} Core */
/** @typedef {import("./types.js").Entry} Entry */
/** @typedef {import("./types.js").Reading} Reading */
/** @typedef {import("./types.js").StoredRun} StoredRun */
/** @typedef {import("./types.js").Value} Value */
/** @typedef {import("./types.js").Values} Values */

const root = document.documentElement;

class Page {
  /** @param {Core} lab @param {Runner} runner @param {WebAssembly.Module} module */
  constructor(lab, runner, module) {
    const { version } = lab.about();
    this.lab = lab;
    this.runner = runner;
    /** Version and build, for reports and archives. */
    this.build = version;
    byId("version").textContent = `Version ${version}`;
    this.catalogue = lab.catalogue();
    trust(this.catalogue);
    this.bench = new Bench(
      lab,
      runner,
      () => `Attractor Lab ${this.build}`,
      (key, value) => this.turn(key, value),
      (link) => this.gather(link),
    );
    this.materials = new Materials();
    this.opening = new OpeningDialog(lab, module, (taken) => this.take(taken));
    this.form = new Form(byId("knobs"), (key, value) => this.turn(key, value), {
      about: (fingerprint) => this.materials.about(fingerprint),
      open: (wanted, of) => this.opening.open(wanted, of),
    });
    this.address = new Address((link) => this.visit(link));
    this.seed = /** @type {HTMLInputElement} */ (byId("seed"));
    // If the address bar asks for nothing, any stored run is offered, once a visit.
    this.fresh = this.address.link() === "";
    /** @type {number | undefined} */
    this.toldTimer = undefined;

    const { bench } = this;
    const share = startSharing(() => this.gatherLinks());
    startStored(
      runner,
      this.materials,
      (id) => this.question(id),
      (run) => this.takeUp(run),
    );
    const refuseFile = (/** @type {string} */ text) =>
      showCard({ id: "bad-file", tone: "bad", text });
    startRecipeFiles(
      (text) => this.open(text).catch((error) => refuseFile(sentenceOf(error))),
      refuseFile,
    );
    startKeys({
      " ": () => bench.toggle(),
      ".": () => bench.step(),
      0: () => bench.reset(),
      s: share,
      "?": showHelp,
    });
    buildCatalogue(this.catalogue, (id) => this.go(id));
    byId("bundle").addEventListener("click", () => this.saveBundle());
    byId("fresh-seed").addEventListener("click", () => this.reseed(lab.freshSeed()));
    this.seed.addEventListener("change", () => this.reseed(this.seed.value.trim()));
  }

  /** Learns which build this is; nothing waits for it. */
  async identify() {
    try {
      const { build } = await (await fetch(new URL("../pkg/build.json", import.meta.url))).json();
      this.build = `${this.build} (${build})`;
      byId("version").textContent = `Version ${this.build}`;
    } catch {
      // Served without its card; the version will do.
    }
  }

  // ---- Where the visitor is ------------------------------------------------------------------

  /** @param {string} id */
  entry(id) {
    const entry = this.catalogue.find((each) => each.id === id);
    if (!entry) throw new Error(`There is no experiment “${id}”.`);
    return entry;
  }

  /** @param {string} id */
  question(id) {
    return this.catalogue.find((each) => each.id === id)?.question ?? id;
  }

  /**
   * Goes where a link says. An empty one is the first experiment; a bare name has its defaults.
   *
   * @param {string} link
   */
  async visit(link) {
    const { lab, catalogue } = this;
    try {
      const bare = link === "" ? catalogue[0] : catalogue.find(({ id }) => id === link);
      if (bare) return await this.choose(bare, lab.freshSeed(), defaultsOf(bare), "replace");
      const reading = lab.readLink(link);
      const { experiment, seed, values } = reading;
      // The address bar keeps the visitor's own words.
      this.address.show(link, "replace");
      await this.choose(this.entry(experiment), seed, values, "keep", reading);
    } catch (error) {
      await this.refuse(sentenceOf(error));
    }
  }

  /**
   * Opens a recipe file, which says what a link says and may be longer. Throws the Rust side's
   * sentence where it is none; what is on the page then stays.
   *
   * @param {string} text
   */
  async open(text) {
    const reading = this.lab.readLink(text);
    const { experiment, seed, values, link } = reading;
    const fits = link.length <= LONGEST;
    this.address.show(fits ? link : this.lab.writeLink(experiment, seed, values), "push");
    scrollTo({ top: 0 });
    const followed = { ...reading, link: fits ? link : text };
    await this.choose(this.entry(experiment), seed, values, "keep", followed);
  }

  /** @param {string} sentence why a link cannot be opened */
  async refuse(sentence) {
    await this.bench.clear();
    byId("lab").hidden = true;
    byId("question").textContent = "This link cannot be opened";
    byId("lede").replaceChildren();
    markCatalogue("");
    closeCards();
    this.bench.fail();
    badLinkCard(sentence, () => this.go(this.catalogue[0]?.id ?? ""));
  }

  /**
   * Goes to another experiment, carrying over the seed and the knobs of the same name.
   *
   * @param {string} id
   * @param {{ seed: string, values: Values }} [carried]
   */
  async go(id, carried) {
    const entry = this.entry(id);
    const seed = carried?.seed ?? this.lab.freshSeed();
    const values = defaultsOf(entry);
    for (const { key } of carried ? entry.knobs : []) {
      const value = carried?.values[key];
      if (value === undefined) continue;
      try {
        this.lab.writeLink(id, seed, { ...values, [key]: value });
        values[key] = value;
      } catch {
        // What one experiment allows may be too much for another: its own default stands.
      }
    }
    scrollTo({ top: 0 });
    await this.choose(entry, seed, values, "push");
    byId("question").focus({ preventScroll: true });
  }

  /**
   * Shows an experiment with these knobs; one that lives by itself starts.
   *
   * @param {Entry} entry
   * @param {string} seed
   * @param {Values} values
   * @param {"push" | "replace" | "keep"} how what becomes of the address bar
   * @param {Reading} [reading] the link that was followed
   */
  async choose(entry, seed, values, how, reading) {
    const link = reading?.link ?? this.lab.writeLink(entry.id, seed, values);
    const session = newSession(entry, seed, values, link, reading?.steps ?? null);
    closeCards();
    byId("lab").hidden = false;
    if (how !== "keep") this.address.show(link, how);
    if (this.bench.session?.entry !== entry) {
      explain(entry);
      markCatalogue(entry.id);
      buildPresets(entry, (chosen) => this.set({ ...defaultsOf(entry), ...chosen }));
      buildNext(
        entry,
        (id) => this.question(id),
        (id) => this.go(id, this.bench.session ?? undefined),
      );
      this.form.build(entry.knobs, values);
    }
    if (reading && session.replay) replayCard(reading);
    const missing = reading?.needs.find(({ fingerprint }) => !this.materials.about(fingerprint));
    if (missing) this.askFor(missing);
    const placed = this.bench.place(session);
    this.show();
    await placed;
    this.show();
    if (how !== "push" && !session.replay) this.offerStored(link);
  }

  // ---- Knobs ---------------------------------------------------------------------------------

  /**
   * @param {string} key
   * @param {Value} value
   */
  turn(key, value) {
    const { session } = this.bench;
    if (!session) return;
    try {
      this.settle(session.seed, { ...session.values, [key]: value });
    } catch (error) {
      this.form.fail(key, sentenceOf(error));
      return;
    }
    if (session.entry.knobs.find((knob) => knob.key === key)?.live) this.bench.steer(key, value);
    else this.bench.changed();
    this.show();
  }

  /** @param {Values} values */
  set(values) {
    const { session } = this.bench;
    if (!session) return;
    this.settle(session.seed, values);
    this.bench.changed();
    this.show();
  }

  /** @param {string} seed */
  reseed(seed) {
    const { session } = this.bench;
    if (!session) return;
    try {
      this.settle(seed, session.values);
    } catch (error) {
      byId("seed-problem").textContent = sentenceOf(error);
      return;
    }
    this.bench.changed();
    this.show();
  }

  /**
   * Takes a seed and knobs that the Rust side accepts; throws its sentence otherwise.
   *
   * @param {string} seed
   * @param {Values} values
   */
  settle(seed, values) {
    const { session } = this.bench;
    if (!session) return;
    const link = this.lab.writeLink(session.entry.id, seed, values);
    Object.assign(session, { seed, values, link, replay: null });
    closeCard("replay");
    this.address.showSoon(link);
    clearTimeout(this.toldTimer);
    this.toldTimer = setTimeout(() => session.opened && this.runner.address(link), 500);
  }

  show() {
    const { session } = this.bench;
    if (!session) return;
    const { entry, values, begun, seed, opened } = session;
    this.form.show(values);
    this.seed.value = seed;
    byId("seed-problem").textContent = "";
    this.bench.show();
    markPresets(entry, values);
    this.form.idle(new Set(this.lab.idleKnobs(entry.id, values)));
    const waits = (/** @type {import("./types.js").Knob} */ { key, live }) =>
      opened && !live && !lives(entry) && values[key] !== begun[key];
    this.form.pending(new Set(entry.knobs.filter(waits).map(({ key }) => key)));
  }

  // ---- What is opened from files -------------------------------------------------------------

  /**
   * Fetches what a link needs; if it is not here, the visitor is asked for it and nothing runs.
   *
   * @param {string} link
   * @returns {Promise<Uint8Array[] | null>}
   */
  async gather(link) {
    const found = [];
    for (const need of this.lab.readLink(link).needs) {
      const bytes = await this.materials.read(need.fingerprint);
      if (!bytes) {
        this.askFor(need);
        return null;
      }
      found.push(bytes);
    }
    closeCard("needs");
    return found;
  }

  /** @param {import("./types.js").Need} need */
  askFor({ of, fingerprint }) {
    needsCard(of, fingerprint, () => this.opening.open(fingerprint, of));
  }

  /**
   * Takes what the visitor opened: keeps it, and lets the experiment work on it.
   *
   * @param {import("./types.js").Taken} taken
   */
  take({ fingerprint, about, bytes }) {
    const { session } = this.bench;
    const knob = session?.entry.knobs.find(({ kind }) => kind === "material");
    // Whoever presses Start at once runs on it: nothing waits for the disk.
    void this.materials.keep(fingerprint, about, bytes);
    closeCard("needs");
    if (knob && session === this.bench.session) {
      if (session?.values[knob.key] === fingerprint) this.show();
      else this.turn(knob.key, fingerprint);
      document.getElementById(`knob-${knob.key}-open`)?.focus();
    }
    toast(`Opened: ${about}.`);
  }

  // ---- What is stored ------------------------------------------------------------------------

  /**
   * Offers the newest stored run of this experiment, unless the address bar asks for another one.
   *
   * @param {string} link
   */
  async offerStored(link) {
    const { fresh, bench } = this;
    const { session } = bench;
    this.fresh = false;
    try {
      const { runs } = await this.runner.stored();
      const found = runs.find(
        ({ experiment, run }) => experiment === session?.entry.id && run !== session.run,
      );
      if (!found || found.step < 2 || bench.session !== session) return;
      if (!fresh && found.link !== link && found.address !== link) return;
      resumeCard(
        found,
        () => this.takeUp(found),
        () => void this.runner.erase(found.run).catch(() => {}),
      );
    } catch {
      // What cannot be read cannot be offered.
    }
  }

  /**
   * Takes a stored run up again, with the knobs as they stood.
   *
   * @param {StoredRun} stored
   */
  async takeUp(stored) {
    try {
      const entry = this.entry(stored.experiment);
      const { seed, values } = this.lab.readLink(stored.address || stored.link);
      const { steps } = this.lab.readLink(stored.link);
      if (this.bench.session?.entry !== entry) await this.choose(entry, seed, values, "push");
      const { session } = this.bench;
      if (!session) return;
      closeCards();
      Object.assign(session, { seed, values, link: stored.link, replay: steps });
      this.address.show(this.lab.writeLink(entry.id, seed, values), "replace");
      await this.bench.open({ playing: true, resume: stored });
      this.show();
    } catch (error) {
      showCard({ id: "stored-bad", tone: "bad", text: sentenceOf(error) });
    }
  }

  // ---- Taking things away --------------------------------------------------------------------

  /** @returns {Promise<import("./share.js").Shared>} */
  async gatherLinks() {
    const { session, state } = this.bench;
    const running = session?.opened && state !== "loading";
    const [run, recipe] = running
      ? await Promise.all([this.runner.link(), this.runner.recipe()]).catch(() => [null, null])
      : [null, null];
    const settings = session
      ? this.lab.writeLink(session.entry.id, session.seed, session.values)
      : this.address.link();
    return { settings, run, recipe, step: session?.step ?? 0, name: session?.entry.id ?? "lab" };
  }

  async saveBundle() {
    const { session } = this.bench;
    const button = /** @type {HTMLButtonElement} */ (byId("bundle"));
    button.disabled = true;
    try {
      const bytes = await this.runner.bundle(this.build);
      const name = `${session?.entry.id}-${session?.seed}.zip`;
      download(name, new Blob([bytes], { type: "application/zip" }));
    } catch (error) {
      toast(`The archive could not be made: ${reasonOf(error)}`);
    }
    button.disabled = false;
  }
}

function showHelp() {
  const dialog = /** @type {HTMLDialogElement} */ (byId("help-dialog"));
  if (!dialog.open) dialog.showModal();
}

async function start() {
  startTheme(/** @type {HTMLSelectElement} */ (byId("theme")));
  for (const button of document.querySelectorAll("[data-open=help]")) {
    button.addEventListener("click", showHelp);
  }
  try {
    // The worker's script comes while the program compiles.
    const runner = new Runner();
    /** @type {WebAssembly.Module[]} */
    const compiled = [];
    const lab = await boot((module) => {
      compiled.push(module);
      runner.use(module);
    });
    const page = new Page(lab, runner, /** @type {WebAssembly.Module} */ (compiled[0]));
    await page.materials.list();
    await page.visit(page.address.link());
    root.dataset.lab = "ready";
    void page.identify();
  } catch (error) {
    root.dataset.lab = "unsupported";
    root.dataset.state = "failed";
    byId("status").textContent = "";
    showCard({
      id: "unsupported",
      tone: "bad",
      title: "The laboratory cannot start here",
      text: sentenceOf(error),
      stays: true,
    });
  }
}

start();
