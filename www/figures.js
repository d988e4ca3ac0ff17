// Figures: opaque data from the Rust side, drawn by the Rust side on canvases of ours. Drawing waits
// for an idle moment, does one visible figure at a time, and spaces itself out, so that training never
// makes the page stutter.

import { download, el } from "./dom.js";
import { theme } from "./theme.js";

/** @typedef {import("./types.js").Figure} Figure */
/** @typedef {import("./types.js").Core} Core */

const REST = 250; // ms between two drawings of one figure
const ROWS = 200; // of a data table
const PICTURE = 1200; // width of a downloaded picture, in CSS pixels at twice the density

/**
 * @typedef {object} Shown
 * @property {Figure} figure
 * @property {HTMLElement} card
 * @property {HTMLCanvasElement} canvas
 * @property {HTMLElement} caption
 * @property {HTMLDetailsElement} details
 * @property {boolean} visible
 * @property {boolean} stale
 * @property {number} drawn
 * @property {number} took
 */

/** @type {(work: () => void) => void} */
const whenIdle =
  "requestIdleCallback" in globalThis
    ? (work) => requestIdleCallback(work, { timeout: 500 })
    : (work) => setTimeout(work, 30);

export class Figures {
  /** @type {HTMLElement} */
  #host;
  /** @type {Core} */
  #lab;
  /** @type {() => string} */
  #name;
  /** @type {Map<string, Shown>} */
  #shown = new Map();
  #busy = false;
  #seen = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        const shown = this.#of(target);
        if (shown) shown.visible = isIntersecting;
      }
      this.#soon();
    },
    { rootMargin: "200px" },
  );
  #sized = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      const shown = this.#of(target);
      if (shown) shown.stale = true;
    }
    this.#soon();
  });

  /**
   * @param {HTMLElement} host
   * @param {Core} lab
   * @param {() => string} name the beginning of file names
   */
  constructor(host, lab, name) {
    this.#host = host;
    this.#lab = lab;
    this.#name = name;
  }

  /** @param {Figure} figure */
  show(figure) {
    let shown = this.#shown.get(figure.id);
    if (!shown) {
      shown = this.#make(figure);
      this.#shown.set(figure.id, shown);
      this.#host.append(shown.card);
      this.#seen.observe(shown.card);
      this.#sized.observe(shown.card);
    }
    shown.figure = figure;
    shown.stale = true;
    this.#soon();
  }

  restyle() {
    for (const shown of this.#shown.values()) shown.stale = true;
    this.#soon();
  }

  clear() {
    this.#seen.disconnect();
    this.#sized.disconnect();
    this.#shown.clear();
    this.#host.replaceChildren();
  }

  /** @param {Element} card */
  #of(card) {
    return this.#shown.get(/** @type {HTMLElement} */ (card).dataset.figure ?? "");
  }

  #soon() {
    if (this.#busy) return;
    this.#busy = true;
    whenIdle(() => this.#turn());
  }

  /** Draws the stale figure that has waited longest, then comes back for the next. */
  #turn() {
    this.#busy = false;
    const now = performance.now();
    const all = [...this.#shown.values()].filter(({ stale }) => stale);
    const seen = all.filter(({ visible }) => visible);
    // Out of sight, one drawing is enough until the visitor comes.
    const stale = seen.length ? seen : all.filter(({ drawn }) => drawn === -Infinity);
    if (!stale.length) return;
    // Slow figures rest longer, so that drawing never takes more than a tenth of the time.
    const due = (/** @type {Shown} */ { drawn, took }) => drawn + Math.max(REST, 10 * took);
    const next = stale.reduce((a, b) => (due(a) <= due(b) ? a : b));
    const wait = due(next) - now;
    if (wait > 0) {
      this.#busy = true;
      setTimeout(() => whenIdle(() => this.#turn()), wait);
      return;
    }
    this.#draw(next);
    this.#soon();
  }

  /** @param {Shown} shown */
  #draw(shown) {
    const { figure, canvas } = shown;
    const began = performance.now();
    shown.stale = false;
    const width = Math.floor(/** @type {HTMLElement} */ (canvas.parentElement).clientWidth);
    if (width < 40) return;
    const height = Math.round(this.#lab.aspect(figure, theme(), width));
    canvas.style.height = `${height}px`;
    try {
      this.#lab.draw(canvas, figure, theme(), width, height, devicePixelRatio || 1);
    } catch (error) {
      shown.caption.textContent = `This figure could not be drawn: ${error}`;
      return;
    }
    canvas.setAttribute("aria-label", `${figure.title}. ${figure.summary}`);
    const [title, text] = /** @type {[Element, Element]} */ (
      /** @type {unknown} */ (shown.caption.children)
    );
    if (title.textContent !== figure.title) title.textContent = figure.title;
    if (text.textContent !== figure.summary) text.textContent = figure.summary;
    if (shown.details.open) this.#fillTable(shown);
    shown.drawn = performance.now();
    shown.took = shown.drawn - began;
    shown.card.dataset.drawn = String(Number(shown.card.dataset.drawn ?? 0) + 1);
  }

  /**
   * @param {Figure} figure
   * @returns {Shown}
   */
  #make(figure) {
    const canvas = el("canvas", { role: "img", "aria-label": figure.title });
    const caption = el("figcaption", {}, el("h3", {}, figure.title), el("p", {}, figure.summary));
    const details = el("details", { class: "table" }, el("summary", {}, "Data table"));
    const card = el(
      "figure",
      { class: "figure", id: `figure-${figure.id}`, "data-figure": figure.id },
      caption,
      el("div", { class: "canvas" }, canvas),
    );
    /** @type {Shown} */
    const shown = {
      figure,
      card,
      canvas,
      caption,
      details,
      visible: false,
      stale: true,
      drawn: -Infinity,
      took: 0,
    };
    const save = (/** @type {string} */ kind, /** @type {() => void} */ act) =>
      el(
        "button",
        {
          type: "button",
          class: "small",
          "data-download": kind,
          "aria-label": `Download as ${kind.toUpperCase()}: ${figure.title}`,
          onclick: act,
        },
        kind.toUpperCase(),
      );
    card.append(
      el(
        "div",
        { class: "figure-tools" },
        save("svg", () => this.#save(shown, "svg")),
        save("png", () => this.#save(shown, "png")),
        save("csv", () => this.#save(shown, "csv")),
        details,
      ),
    );
    details.addEventListener("toggle", () => details.open && this.#fillTable(shown));
    return shown;
  }

  /**
   * @param {Shown} shown
   * @param {"svg" | "png" | "csv"} kind
   */
  #save({ figure }, kind) {
    const name = `${this.#name()}-${figure.id}.${kind}`;
    const give = (/** @type {BlobPart} */ part, /** @type {string} */ type) =>
      download(name, new Blob([part], { type }));
    if (kind === "svg") return give(this.#lab.svg(figure, theme()), "image/svg+xml");
    if (kind === "csv") return give(this.#lab.csv(figure), "text/csv");
    const canvas = document.createElement("canvas");
    this.#lab.draw(
      canvas,
      figure,
      theme(),
      PICTURE,
      Math.round(this.#lab.aspect(figure, theme(), PICTURE)),
      2,
    );
    canvas.toBlob((blob) => blob && download(name, blob), "image/png");
  }

  /** @param {Shown} shown */
  #fillTable({ figure, details }) {
    const summary = /** @type {HTMLElement} */ (details.firstElementChild);
    // A figure of several panels has several tables, an empty line between them.
    const tables = this.#lab
      .csv(figure)
      .trimEnd()
      .split(/\r?\n\r?\n/);
    details.replaceChildren(summary, ...tables.flatMap((csv) => tableOf(csv, figure.title)));
  }
}

/**
 * @param {string} csv one table; lines of one cell above it say what it holds
 * @param {string} title
 */
function tableOf(csv, title) {
  const lines = csv.split(/\r?\n/).map(cellsOf);
  const start = Math.max(
    0,
    lines.findIndex((cells) => cells.length > 1),
  );
  const name = [title, ...lines.slice(0, start).flat()].join(" · ");
  const [head = [], ...rows] = lines.slice(start);
  const row = (/** @type {string[]} */ cells) =>
    el("tr", {}, ...cells.map((cell) => el("td", {}, cell)));
  const table = el(
    "table",
    {},
    el("caption", {}, name),
    el("thead", {}, el("tr", {}, ...head.map((cell) => el("th", { scope: "col" }, cell)))),
    el("tbody", {}, ...rows.slice(0, ROWS).map(row)),
  );
  const region = { class: "scroll", tabindex: 0, role: "region", "aria-label": `Data: ${name}` };
  const more = rows.length - ROWS;
  return [
    el("div", region, table),
    ...(more > 0 ? [el("p", {}, `${more} more rows are in the CSV file.`)] : []),
  ];
}

/**
 * The cells of a line. Quoted ones may hold commas; nothing else in our own files is special.
 *
 * @param {string} line
 */
function cellsOf(line) {
  return [...`,${line}`.matchAll(/,(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
    ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? "",
  );
}
