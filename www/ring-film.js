// The last ten seconds: every neuron's rate as a film that moves to the left, and below it the two
// headings. The film is kept as a ring of columns, one a step.

import { fit, font, textSize } from "./canvas.js";
import { TAU, rateColour, turnOf } from "./ring-canvas.js";

/** @typedef {import("./palette.js").Palette} Palette */

const PAST = 400; // columns

export class Film {
  #colours;
  #neurons = 0;
  /** The row of each neuron. */
  #rows = new Int32Array(0);
  /** Rates in 1/255, by column and row. */
  #rates = new Uint8Array(0);
  #heading = new Float64Array(PAST);
  #decoded = new Float64Array(PAST);
  #strip = document.createElement("canvas");
  #context = /** @type {CanvasRenderingContext2D} */ (this.#strip.getContext("2d"));
  /** Columns ever written, and how far the picture has moved. */
  #head = 0;
  #shown = 0;

  /** @param {Palette} colours */
  constructor(colours) {
    this.#colours = colours;
  }

  get empty() {
    return this.#head === 0;
  }

  clear() {
    this.#head = this.#shown = 0;
  }

  /** @param {Palette} colours */
  recolour(colours) {
    this.#colours = colours;
    for (let column = 0; column < Math.min(this.#head, PAST); column++) this.#paint(column);
  }

  /**
   * Gives every neuron its row: the smallest preferred heading at the bottom, the largest on top.
   *
   * @param {Float64Array} preferred
   */
  order(preferred) {
    const n = preferred.length;
    if (n !== this.#neurons) {
      this.#neurons = n;
      this.#rows = new Int32Array(n);
      this.#rates = new Uint8Array(n * PAST);
      this.#strip.width = PAST;
      this.#strip.height = n;
      this.clear();
    }
    const byHeading = Array.from(preferred, (angle, neuron) => ({ angle: turnOf(angle), neuron }));
    byHeading.sort((a, b) => b.angle - a.angle);
    byHeading.forEach(({ neuron }, row) => (this.#rows[neuron] = row));
  }

  /**
   * @param {Float64Array} rates
   * @param {number} heading
   * @param {number} decoded NaN when the neurons say nothing clear
   */
  add(rates, heading, decoded) {
    const column = this.#head % PAST;
    for (let i = 0; i < this.#neurons; i++) {
      const rate = Math.min(1, Math.max(0, rates[i] ?? 0));
      this.#rates[column * this.#neurons + (this.#rows[i] ?? 0)] = 255 * rate;
    }
    this.#heading[column] = turnOf(heading);
    this.#decoded[column] = turnOf(decoded);
    this.#paint(column);
    this.#head += 1;
  }

  /**
   * Moves towards the newest column; returns how many are still to come.
   *
   * @param {number} share
   */
  ease(share) {
    const rest = this.#head - this.#shown;
    // After a jump (a skip, a hidden tab) the film is simply there.
    this.#shown = rest > 40 ? this.#head : this.#shown + rest * share;
    return rest;
  }

  /** @param {number} column */
  #paint(column) {
    const { ramp } = this.#colours;
    const image = this.#context.createImageData(1, this.#neurons);
    for (let row = 0; row < this.#neurons; row++) {
      const colour = 3 * (this.#rates[column * this.#neurons + row] ?? 0);
      image.data[4 * row] = ramp[colour] ?? 0;
      image.data[4 * row + 1] = ramp[colour + 1] ?? 0;
      image.data[4 * row + 2] = ramp[colour + 2] ?? 0;
      image.data[4 * row + 3] = 255;
    }
    this.#context.putImageData(image, column, 0);
  }

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {number} seconds that one step takes
   */
  draw(canvas, seconds) {
    const { c, width, height } = fit(canvas);
    if (width < 40) return;
    const colours = this.#colours;
    const large = textSize();
    const size = (width < 420 ? 11 : 12) * large;
    const left = 38 * large;
    const [top, foot, between] = [24 * large, 20 * large, 34 * large];
    const plot = width - left - 1;
    const film = Math.round((height - top - foot - between) * 0.6);
    const lower = top + film + between;
    const traces = height - lower - foot;

    c.textAlign = "left";
    c.textBaseline = "alphabetic";
    c.font = font(size, 600);
    c.fillStyle = colours.ink;
    const n = this.#neurons;
    c.fillText(n ? `Firing of ${n} neurons, by preferred heading` : "Firing", left, top - 9);
    c.fillText("Heading", left, lower - 9);
    if (width > 300) {
      let x = left + c.measureText("Heading").width + 16;
      c.font = font(size);
      x = legend(c, colours, "true", colours.truth, x, lower - 9);
      legend(c, colours, "what the neurons say", colours.decoded, x, lower - 9);
    }

    c.font = font(size - 1);
    drawAxis(c, colours, left, top, plot, film);
    drawAxis(c, colours, left, lower, plot, traces);
    c.textBaseline = "top";
    c.textAlign = "left";
    c.fillText(`${Math.round(PAST * seconds)} s ago`, left, height - foot + 6);
    c.textAlign = "right";
    c.fillText("now", left + plot, height - foot + 6);

    /** Where a column stands; the newest at the right edge. @param {number} column */
    const place = (column) => left + plot + ((column - this.#shown) * plot) / PAST;

    c.save();
    c.beginPath();
    c.rect(left, top, plot, film);
    c.clip();
    c.fillStyle = rateColour(colours, 0);
    c.fillRect(left, top, plot, film);
    this.#drawFilm(c, place, top, film);
    // A pale casing keeps the line readable on every colour.
    c.globalAlpha = 0.75;
    this.#trace(c, this.#heading, colours.ground, 4, top, film, place);
    c.globalAlpha = 1;
    this.#trace(c, this.#heading, colours.over, 1.75, top, film, place);
    c.restore();

    c.save();
    c.beginPath();
    c.rect(left, lower - 2, plot, traces + 4);
    c.clip();
    // Wide below, thin above: both show, even where they agree.
    this.#trace(c, this.#decoded, colours.decoded, 5, lower, traces, place);
    this.#trace(c, this.#heading, colours.truth, 1.5, lower, traces, place);
    c.restore();
  }

  /**
   * @param {CanvasRenderingContext2D} c
   * @param {(column: number) => number} place
   * @param {number} top
   * @param {number} height
   */
  #drawFilm(c, place, top, height) {
    if (this.empty) return;
    // The ring of columns unrolls to at most two stretches.
    const first = Math.max(0, this.#head - PAST);
    const seam = Math.max(first, Math.floor((this.#head - 1) / PAST) * PAST);
    const stretch = (/** @type {number} */ from, /** @type {number} */ to) => {
      if (to <= from) return;
      const x = place(from);
      const [columns, width] = [to - from, place(to) - x];
      c.drawImage(this.#strip, from % PAST, 0, columns, this.#neurons, x, top, width, height);
    };
    stretch(first, seam);
    stretch(seam, this.#head);
  }

  /**
   * A heading against time; where it passes north the line is broken.
   *
   * @param {CanvasRenderingContext2D} c
   * @param {Float64Array} past
   * @param {string} tint
   * @param {number} thick
   * @param {number} top
   * @param {number} height
   * @param {(column: number) => number} place
   */
  #trace(c, past, tint, thick, top, height, place) {
    c.strokeStyle = tint;
    c.lineWidth = thick;
    c.lineJoin = "round";
    c.beginPath();
    let before = NaN;
    for (let column = Math.max(0, this.#head - PAST); column < this.#head; column++) {
      const value = past[column % PAST] ?? NaN;
      const y = top + height * (1 - value / TAU);
      if (Math.abs(value - before) < Math.PI) c.lineTo(place(column + 0.5), y);
      else if (!Number.isNaN(value)) c.moveTo(place(column + 0.5), y);
      before = value;
    }
    c.stroke();
  }
}

/**
 * @param {CanvasRenderingContext2D} c
 * @param {Palette} colours
 * @param {string} label
 * @param {string} tint
 * @param {number} x
 * @param {number} y
 */
function legend(c, colours, label, tint, x, y) {
  c.strokeStyle = tint;
  c.lineWidth = 2.5;
  c.beginPath();
  c.moveTo(x, y - 4);
  c.lineTo(x + 14, y - 4);
  c.stroke();
  c.fillStyle = colours.muted;
  c.fillText(label, x + 19, y);
  return x + 35 + c.measureText(label).width;
}

/**
 * @param {CanvasRenderingContext2D} c
 * @param {Palette} colours
 * @param {number} left
 * @param {number} top
 * @param {number} width
 * @param {number} height
 */
function drawAxis(c, colours, left, top, width, height) {
  c.fillStyle = colours.muted;
  c.strokeStyle = colours.line;
  c.lineWidth = 1;
  c.textAlign = "right";
  c.textBaseline = "middle";
  for (const mark of [0, 180, 360]) {
    const y = top + height * (1 - mark / 360);
    c.fillText(`${mark}°`, left - 7, Math.min(top + height - 4, Math.max(top + 4, y)));
    c.beginPath();
    c.moveTo(left, Math.round(y) + 0.5);
    c.lineTo(left + width, Math.round(y) + 0.5);
    c.stroke();
  }
}
