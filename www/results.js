// What a run leaves behind besides figures: numbers, files, remarks, and everything in one zip.

import { byId, download, el, icon, size } from "./dom.js";

/** @typedef {Extract<import("./types.js").LabEvent, { kind: "metric" }>} Metric */
/** @typedef {Extract<import("./types.js").LabEvent, { kind: "file" }>} LabFile */

export class Results {
  #metrics = byId("metrics");
  #files = byId("files");
  #remarks = byId("remarks");
  /** @type {Map<string, HTMLElement>} */
  #cells = new Map();
  /** @type {Map<string, LabFile>} */
  #kept = new Map();

  clear() {
    this.#cells.clear();
    this.#kept.clear();
    this.#metrics.replaceChildren();
    this.#files.replaceChildren();
    this.#remarks.replaceChildren();
  }

  /** @param {Metric} metric */
  metric({ name, unit, value }) {
    let cell = this.#cells.get(name);
    if (!cell) {
      cell = el("dd", {});
      this.#cells.set(name, cell);
      this.#metrics.append(
        el("div", { class: "metric", "data-metric": name }, el("dt", {}, name), cell),
      );
    }
    cell.dataset.value = String(value);
    const space = unit && unit !== "°" ? " " : "";
    cell.textContent = `${short(value)}${space}${unit}`;
  }

  /** @param {LabFile} file */
  file(file) {
    const known = this.#kept.has(file.name);
    this.#kept.set(file.name, file);
    const label = [
      icon("download"),
      el("span", {}, file.name),
      el("span", { class: "muted" }, size(file.bytes.length)),
    ];
    if (known) {
      const button = this.#files.querySelector(`[data-file="${CSS.escape(file.name)}"]`);
      button?.replaceChildren(...label);
      return;
    }
    const save = () => {
      const newest = this.#kept.get(file.name) ?? file;
      download(newest.name, new Blob([newest.bytes], { type: newest.mime }));
    };
    this.#files.append(
      el(
        "li",
        {},
        el(
          "button",
          { type: "button", class: "file", "data-file": file.name, onclick: save },
          ...label,
        ),
      ),
    );
  }

  /**
   * @param {"note" | "warning" | "good" | "bad"} tone
   * @param {string} text
   */
  remark(tone, text) {
    const last = this.#remarks.lastElementChild;
    if (last?.textContent === text) return;
    this.#remarks.append(el("li", { class: `remark ${tone}` }, text));
    // A run may talk a lot; the newest words matter.
    while (this.#remarks.children.length > 30) this.#remarks.firstElementChild?.remove();
  }
}

/** @param {number} value */
function short(value) {
  const size = Math.abs(value);
  if (value === 0 || !Number.isFinite(value)) return String(value);
  if (size >= 1e5 || size < 1e-3) return value.toExponential(2).replace("e", " e");
  return String(Number(value.toPrecision(4)));
}
