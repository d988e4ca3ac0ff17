// The form, made from an experiment's knobs: one fieldset a group, one row a knob. It checks nothing
// itself; the page asks the Rust side and hands the sentence back.

import { el } from "./dom.js";

/** @typedef {import("./types.js").Knob} Knob */
/** @typedef {import("./types.js").Value} Value */
/** @typedef {import("./types.js").Values} Values */

/**
 * @typedef {object} Opened What the visitor opened from files.
 * @property {(fingerprint: string) => string | undefined} about what it is, if it is here
 * @property {(wanted: string, of: string) => void} open lets the visitor open it
 */

/** @typedef {{ row: HTMLElement, show: (value: Value) => void, fail: (text: string) => void }} Row */

export class Form {
  /** @type {HTMLElement} */
  #host;
  /** @type {(key: string, value: Value) => void} */
  #change;
  /** @type {Opened} */
  #opened;
  /** @type {Map<string, Row>} */
  #rows = new Map();
  /** @type {Knob[]} */
  #knobs = [];

  /**
   * @param {HTMLElement} host
   * @param {(key: string, value: Value) => void} change
   * @param {Opened} opened
   */
  constructor(host, change, opened) {
    this.#host = host;
    this.#change = change;
    this.#opened = opened;
  }

  /**
   * @param {Knob[]} knobs
   * @param {Values} values
   */
  build(knobs, values) {
    this.#knobs = knobs;
    this.#rows.clear();
    /** @type {Map<string, HTMLElement>} */
    const groups = new Map();
    for (const knob of knobs) {
      const name = knob.group || "Settings";
      let group = groups.get(name);
      if (!group) {
        group = el("fieldset", { class: "group" }, el("legend", {}, name));
        groups.set(name, group);
      }
      const row = makeRow(knob, (value) => this.#change(knob.key, value), this.#opened);
      this.#rows.set(knob.key, row);
      group.append(row.row);
    }
    this.#host.replaceChildren(...groups.values());
    this.show(values);
  }

  /** @param {Values} values */
  show(values) {
    for (const knob of this.#knobs) {
      const value = values[knob.key];
      if (value !== undefined) this.#rows.get(knob.key)?.show(value);
    }
  }

  /**
   * Says what is wrong with one knob; "" takes it back.
   *
   * @param {string} key
   * @param {string} text
   */
  fail(key, text) {
    this.#rows.get(key)?.fail(text);
  }

  /**
   * Puts aside the knobs that change nothing as things stand, and groups of nothing else.
   *
   * @param {Set<string>} keys
   */
  idle(keys) {
    for (const [key, { row }] of this.#rows) row.hidden = keys.has(key);
    for (const group of this.#host.querySelectorAll("fieldset")) {
      group.hidden = !group.querySelector(".knob:not([hidden])");
    }
  }

  /**
   * Marks the knobs that differ from those of the run that is going.
   *
   * @param {Set<string>} keys
   */
  pending(keys) {
    for (const [key, { row }] of this.#rows) row.classList.toggle("pending", keys.has(key));
  }
}

/**
 * @param {Knob} knob
 * @param {(value: Value) => void} change
 * @param {Opened} opened
 * @returns {Row}
 */
function makeRow(knob, change, opened) {
  const id = `knob-${knob.key}`;
  const { control, show } =
    knob.kind === "material"
      ? makeMaterial(knob, id, change, opened)
      : makeControl(knob, id, change);
  const help = el("p", { id: `${id}-help`, class: "help", hidden: true }, knob.help);
  const problem = el("p", { id: `${id}-problem`, class: "problem", role: "alert" });
  const about = el(
    "button",
    {
      type: "button",
      class: "about-knob",
      "aria-expanded": "false",
      "aria-controls": help.id,
      "aria-label": `About: ${knob.label}`,
      title: knob.help,
      onclick: () => {
        help.hidden = !help.hidden;
        about.setAttribute("aria-expanded", String(!help.hidden));
      },
    },
    "?",
  );
  const reset = el(
    "button",
    {
      type: "button",
      class: "default-knob",
      "aria-label": `${knob.label}: back to the default, ${knob.default}`,
      title: `Back to ${knob.default}`,
      onclick: () => {
        change(knob.default);
      },
    },
    "↺",
  );
  const grouped = knob.kind === "choice" || knob.kind === "material";
  const row = el(
    "div",
    { class: `knob ${knob.kind}`, "data-knob": knob.key, "data-live": String(knob.live) },
    el(
      "div",
      { class: "knob-head" },
      el(grouped ? "span" : "label", grouped ? { id: `${id}-label` } : { for: id }, knob.label),
      reset,
      about,
    ),
    control,
    help,
    problem,
  );
  return {
    row,
    show(value) {
      show(value);
      problem.textContent = "";
      row.classList.remove("wrong");
      // Kept in the layout, so that nothing jumps.
      reset.style.visibility = value === knob.default ? "hidden" : "visible";
    },
    fail(text) {
      problem.textContent = text;
      row.classList.toggle("wrong", text !== "");
    },
  };
}

/**
 * What is opened from a file: what it is now, and buttons to open another or to do without.
 *
 * @param {Knob} knob
 * @param {string} id
 * @param {(value: Value) => void} change
 * @param {Opened} opened
 * @returns {{ control: HTMLElement, show: (value: Value) => void }}
 */
function makeMaterial(knob, id, change, opened) {
  let wanted = "";
  const of = knob.of ?? "";
  const made = of === "recording" ? "simulated" : "built";
  const what = el("p", { id: `${id}-what`, class: "material-what" });
  const open = el(
    "button",
    { type: "button", class: "small", id: `${id}-open`, onclick: () => opened.open(wanted, of) },
    "",
  );
  const without = el(
    "button",
    {
      type: "button",
      class: "small",
      id: `${id}-none`,
      onclick: () => {
        change("none");
        open.focus();
      },
    },
    `Use the ${made} one`,
  );
  const control = el(
    "div",
    { class: "control material", role: "group", id, "aria-labelledby": `${id}-label` },
    what,
    el("div", { class: "material-buttons" }, open, without),
  );
  return {
    control,
    show(value) {
      const none = value === "none";
      const about = opened.about(String(value));
      wanted = none || about ? "" : String(value);
      control.dataset.value = String(value);
      without.hidden = none;
      what.textContent = none
        ? `${made === "built" ? "Built" : "Simulated"} here.`
        : (about ?? `The ${of} ${value}, which is not open here.`);
      open.textContent = none ? `Open your own ${of}…` : about ? "Open another…" : "Open its file…";
    },
  };
}

/**
 * @param {Knob} knob
 * @param {string} id
 * @param {(value: Value) => void} change
 * @returns {{ control: HTMLElement, show: (value: Value) => void }}
 */
function makeControl(knob, id, change) {
  const described = { "aria-describedby": `${id}-help ${id}-problem` };
  if (knob.kind === "switch") {
    const box = el("input", { type: "checkbox", id, role: "switch", ...described });
    box.addEventListener("change", () => change(box.checked));
    return {
      control: el("div", { class: "control" }, box),
      show: (value) => (box.checked = value === true),
    };
  }
  if (knob.kind === "choice") {
    const buttons = (knob.options ?? []).map((option) => {
      const input = el("input", { type: "radio", name: id, value: option, id: `${id}-${option}` });
      input.addEventListener("change", () => change(option));
      return input;
    });
    const control = el(
      "div",
      { class: "segments", role: "radiogroup", "aria-labelledby": `${id}-label`, id, ...described },
      ...buttons.map((input) => el("label", {}, input, el("span", {}, input.value))),
    );
    return {
      control,
      show: (value) => {
        for (const input of buttons) input.checked = input.value === value;
      },
    };
  }
  const { min, max } = knob;
  const step = knob.kind === "count" ? (knob.step ?? 1) : "any";
  const number = el("input", {
    type: "number",
    id,
    min,
    max,
    step,
    inputmode: knob.kind === "count" ? "numeric" : "decimal",
    ...described,
  });
  // An emptied field asks for nothing yet.
  number.addEventListener("change", () => {
    if (number.value !== "") change(Number(number.value));
  });
  const unit = knob.unit && el("span", { class: "unit" }, knob.unit);
  if (min === undefined || max === undefined) {
    const control = el("div", { class: "control" }, number, unit);
    return { control, show: (value) => (number.value = String(value)) };
  }
  const range = el("input", {
    type: "range",
    min,
    max,
    step: knob.step ?? (knob.kind === "count" ? 1 : (max - min) / 200),
    "aria-label": knob.unit ? `${knob.label}, ${knob.unit}` : knob.label,
    tabindex: 0,
  });
  range.addEventListener("input", () => {
    number.value = range.value;
    fill();
    change(Number(range.value));
  });
  const fill = () =>
    range.style.setProperty("--at", `${(100 * (Number(range.value) - min)) / (max - min || 1)}%`);
  return {
    control: el(
      "div",
      { class: "control" },
      range,
      el("span", { class: "with-unit" }, number, unit),
    ),
    show: (value) => {
      // A field being typed in keeps what the visitor typed.
      if (document.activeElement !== number || Number(number.value) !== value) {
        number.value = String(value);
      }
      range.value = String(value);
      fill();
    },
  };
}
