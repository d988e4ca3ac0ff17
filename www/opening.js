// The dialog in which a visitor opens a recording or a network: files in, for a recording a choice of
// arrays, a picture of what comes of it. What the files mean is decided by the Rust side, in a worker of its own.

import { reasonOf, sentenceOf } from "./boot.js";
import { byId, el } from "./dom.js";
import { theme } from "./theme.js";
import { startOpener } from "./trusted.js";

/** @typedef {import("./types.js").Core} Core */
/** @typedef {import("./types.js").Listing} Listing */
/** @typedef {import("./types.js").Listed} Listed */
/** @typedef {import("./types.js").Mapping} Mapping */
/** @typedef {import("./types.js").Pick} Pick */
/** @typedef {import("./types.js").Taken} Taken */

/** Reading a file takes a second; what takes this long is given up. */
const PATIENCE = 30_000; // ms

/** @typedef {"rates" | "velocity" | "heading"} Role */
/** @type {Role[]} */
const ROLES = ["rates", "velocity", "heading"];

export class OpeningDialog {
  #lab;
  #module;
  #use;
  #dialog = /** @type {HTMLDialogElement} */ (byId("opening"));
  #files = /** @type {HTMLInputElement} */ (byId("opening-files"));
  #button = /** @type {HTMLButtonElement} */ (byId("opening-use"));
  #step = /** @type {HTMLInputElement} */ (byId("opening-step"));
  #unit = /** @type {HTMLSelectElement} */ (byId("opening-unit"));
  /** @type {Worker | null} */
  #worker = null;
  /** @type {Map<number, { resolve: (value: any) => void, reject: (error: Error) => void, timer: number }>} */
  #waiting = new Map();
  #next = 1;
  /** @type {Listing | null} */
  #listing = null;
  /** @type {Taken | null} */
  #taken = null;
  #wanted = "";
  /** What is opened: “recording” or “network”. */
  #of = "recording";
  /** Counts questions, so that an answer to an older one is not taken for the newest. */
  #turn = 0;

  /**
   * @param {Core} lab
   * @param {WebAssembly.Module} module
   * @param {(taken: Taken) => void} use what to do with what was opened
   */
  constructor(lab, module, use) {
    this.#lab = lab;
    this.#module = module;
    this.#use = use;
    this.#files.addEventListener("change", () => this.#read([...(this.#files.files ?? [])]));
    // The same file may be chosen again: it may have been mended.
    this.#files.addEventListener("click", () => (this.#files.value = ""));
    const drop = byId("opening-drop");
    const dialog = this.#dialog;
    dialog.addEventListener("dragover", (event) => {
      event.preventDefault();
      drop.classList.add("over");
    });
    dialog.addEventListener("dragleave", () => drop.classList.remove("over"));
    dialog.addEventListener("drop", (event) => {
      event.preventDefault();
      drop.classList.remove("over");
      void this.#read([...(event.dataTransfer?.files ?? [])]);
    });
    dialog.addEventListener("close", () => this.#end("The dialog was closed."));
    for (const role of ROLES) {
      menu(role).addEventListener("change", () => this.#chose(role));
      layout(role).addEventListener("change", () => this.#laid(role));
      channel(role).addEventListener("change", () => this.#take());
    }
    this.#step.addEventListener("change", () => this.#take());
    this.#unit.addEventListener("change", () => this.#take());
    this.#button.addEventListener("click", () => this.#finish());
  }

  /**
   * Shows the dialog.
   *
   * @param {string} wanted the fingerprint that a link asks for, or ""
   * @param {string} of “recording” or “network”
   */
  open(wanted, of) {
    this.#wanted = wanted;
    this.#of = of;
    byId("opening-title").textContent = `Open your own ${of}`;
    for (const part of this.#dialog.querySelectorAll("[data-of]")) {
      /** @type {HTMLElement} */ (part).hidden = part.getAttribute("data-of") !== of;
    }
    this.#files.multiple = of === "recording";
    this.#files.accept = of === "recording" ? ".npz,.npy,.csv,.tsv,.txt" : ".json,.npz";
    this.#files.value = "";
    this.#clear();
    const note = byId("opening-wanted");
    note.hidden = wanted === "";
    note.textContent = `The link was made with the ${of} ${wanted}: open its file.`;
    if (!this.#dialog.open) this.#dialog.showModal();
  }

  #clear() {
    this.#listing = null;
    this.#taken = null;
    this.#turn += 1;
    byId("opening-problem").textContent = "";
    byId("opening-choice").hidden = true;
    byId("opening-result").hidden = true;
    this.#button.disabled = true;
  }

  /** @param {File[]} files */
  async #read(files) {
    if (!files.length) return;
    this.#clear();
    const turn = this.#turn;
    const status = byId("opening-status");
    status.textContent = `Reading ${files.map(({ name }) => name).join(", ")}.`;
    try {
      if (this.#of === "network") {
        /** @type {Taken} */
        const taken = await this.#ask("network", { files });
        if (turn !== this.#turn) return;
        this.#taken = taken;
        this.#picture(taken);
      } else {
        /** @type {Listing} */
        const listing = await this.#ask("read", { files });
        if (turn !== this.#turn) return;
        this.#listing = listing;
        this.#show(listing);
        await this.#take();
      }
    } catch (error) {
      if (turn === this.#turn) this.#problem(error);
    }
    if (turn <= this.#turn) status.textContent = "";
  }

  /** @param {unknown} error */
  #problem(error) {
    byId("opening-problem").textContent = sentenceOf(error);
    byId("opening-result").hidden = true;
    this.#button.disabled = true;
    this.#taken = null;
  }

  /** @param {Listing} listing */
  #show({ arrays, leftOut, guess }) {
    for (const role of ROLES) {
      const fitting = arrays.filter((array) => layoutsOf(array, role).length);
      const options = fitting.map(({ name, shape, number }) =>
        el("option", { value: name }, `${name} — ${shape.join(" × ") || "one number"}, ${number}`),
      );
      const none = el("option", { value: "" }, role === "heading" ? "not recorded" : "choose one");
      menu(role).replaceChildren(none, ...options);
      const pick = guess?.[role];
      menu(role).value = pick?.array ?? "";
      this.#offer(role);
      if (pick) {
        layout(role).value = pick.layout;
        this.#offerChannels(role);
      }
    }
    this.#unit.value = guess?.degrees ? "degrees" : "radians";
    this.#step.value = guess?.step ? String(guess.step) : "";
    const rest = byId("opening-left-out");
    rest.hidden = !leftOut.length;
    rest.textContent = `Left out: ${leftOut.join("; ")}.`;
    byId("opening-choice").hidden = false;
  }

  /** @param {Role} role */
  #chose(role) {
    this.#offer(role);
    void this.#take();
  }

  /** @param {Role} role */
  #laid(role) {
    this.#offerChannels(role);
    void this.#take();
  }

  /** The layouts of the chosen array. @param {Role} role */
  #offer(role) {
    const layouts = this.#layouts(role);
    layout(role).replaceChildren(
      ...layouts.map(({ id, words }) => el("option", { value: id }, words)),
    );
    layout(role).disabled = layouts.length < 2;
    this.#offerChannels(role);
    byId("opening-unit-field").hidden = menu("heading").value === "";
  }

  /** @param {Role} role */
  #offerChannels(role) {
    const chosen = this.#layouts(role).find(({ id }) => id === layout(role).value);
    const count = role === "rates" ? 1 : (chosen?.channels ?? 1);
    channel(role).replaceChildren(
      ...Array.from({ length: count }, (_, k) => el("option", { value: k }, `channel ${k}`)),
    );
    channel(role).hidden = count < 2;
  }

  /** @param {Role} role */
  #layouts(role) {
    const array = this.#listing?.arrays.find(({ name }) => name === menu(role).value);
    return array ? layoutsOf(array, role) : [];
  }

  /** Asks what comes of the choice as it stands. */
  async #take() {
    const turn = ++this.#turn;
    const listing = this.#listing;
    if (!listing) return;
    this.#button.disabled = true;
    byId("opening-problem").textContent = "";
    const [rates, velocity, heading] = ROLES.map(pickOf);
    if (!rates || !velocity) {
      const missing = rates ? "the velocity" : "the rates";
      return this.#problem(new Error(listing.whyNot || `choose which array holds ${missing}`));
    }
    const step = this.#step.value === "" ? null : Number(this.#step.value);
    const degrees = this.#unit.value === "degrees";
    /** @type {Mapping} */
    const mapping = { rates, velocity, heading: heading ?? null, degrees, step };
    try {
      /** @type {Taken} */
      const taken = await this.#ask("take", { mapping });
      if (turn !== this.#turn) return;
      this.#taken = taken;
      this.#picture(taken);
    } catch (error) {
      if (turn === this.#turn) this.#problem(error);
    }
  }

  /** @param {Taken} taken */
  #picture({ about, facts, figure, fingerprint }) {
    byId("opening-about").textContent = `${about}.`;
    byId("opening-facts").replaceChildren(...facts.map((fact) => el("li", {}, fact)));
    const other = this.#wanted !== "" && fingerprint !== this.#wanted;
    byId("opening-other").hidden = !other;
    byId("opening-other").textContent =
      `This is another ${this.#of} (${fingerprint}) than the link was made with (${this.#wanted}): ` +
      (this.#of === "network" ? "check the file." : "check the file, the arrays and their axes.");
    this.#button.textContent = other ? "Use it all the same" : `Use this ${this.#of}`;
    this.#button.disabled = false;
    byId("opening-result").hidden = false;
    const canvas = /** @type {HTMLCanvasElement} */ (byId("opening-picture"));
    const width = Math.floor(/** @type {HTMLElement} */ (canvas.parentElement).clientWidth);
    const height = Math.round(this.#lab.aspect(figure, theme(), width));
    canvas.style.height = `${height}px`;
    canvas.setAttribute("aria-label", `${figure.title}. ${figure.summary}`);
    this.#lab.draw(canvas, figure, theme(), width, height, devicePixelRatio || 1);
  }

  #finish() {
    if (!this.#taken) return;
    this.#use(this.#taken);
    this.#dialog.close();
  }

  /**
   * @param {"read" | "take" | "network"} verb
   * @param {object} body
   * @returns {Promise<any>}
   */
  #ask(verb, body) {
    const worker = (this.#worker ??= this.#start());
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => this.#end(`It took longer than ${PATIENCE / 1000} s.`),
        PATIENCE,
      );
      this.#waiting.set(id, { resolve, reject, timer });
      worker.postMessage({ id, verb, module: this.#module, ...body });
    });
  }

  #start() {
    const worker = startOpener();
    worker.onmessage = ({ data: { id, value, error } }) => {
      const waiting = this.#waiting.get(id);
      if (!waiting) return;
      this.#waiting.delete(id);
      clearTimeout(waiting.timer);
      if (error === undefined) waiting.resolve(value);
      else waiting.reject(new Error(error));
    };
    worker.onerror = (event) => {
      event.preventDefault();
      this.#end(`The files could not be read: ${reasonOf(event.message)}`);
    };
    return worker;
  }

  /** Ends the worker and whatever waits for it. @param {string} why */
  #end(why) {
    this.#worker?.terminate();
    this.#worker = null;
    for (const { reject, timer } of this.#waiting.values()) {
      clearTimeout(timer);
      reject(new Error(why));
    }
    this.#waiting.clear();
  }
}

/** @param {Role} role */
const menu = (role) => /** @type {HTMLSelectElement} */ (byId(`opening-${role}`));
/** @param {Role} role */
const layout = (role) => /** @type {HTMLSelectElement} */ (byId(`opening-${role}-layout`));
/** @param {Role} role */
const channel = (role) => /** @type {HTMLSelectElement} */ (byId(`opening-${role}-channel`));

/** @param {Listed} array @param {Role} role */
const layoutsOf = (array, role) => (role === "rates" ? array.rates : array.inputs);

/** @param {Role} role @returns {Pick | null} */
const pickOf = (role) =>
  menu(role).value === ""
    ? null
    : {
        array: menu(role).value,
        layout: layout(role).value,
        channel: Number(channel(role).value || 0),
      };
