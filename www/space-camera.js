// Where the state space is looked at from: a turntable whose third axis points up, a zoom, and a
// mild perspective. Turning and zooming are eased.

const HOME = { yaw: -0.5, pitch: 0.38, zoom: 1 };
const STEEPEST = 1.5; // rad: not quite from straight above
const ZOOMS = /** @type {const} */ ([0.6, 8]);
const DISTANCE = 4; // of the eye, in radii of what is looked at
const FILL = 0.5; // of the picture's smaller side, for one radius

/** @typedef {[number, number, number]} Triple */

/**
 * @typedef {object} Box What is looked at.
 * @property {Triple} low
 * @property {Triple} high
 */

export class Camera {
  #now = { ...HOME };
  #goal = { ...HOME };

  /**
   * @param {number} yaw rad, to the right
   * @param {number} pitch rad, from above
   * @param {boolean} [atOnce] as under a hand
   */
  turn(yaw, pitch, atOnce = false) {
    const goal = this.#goal;
    goal.yaw += yaw;
    goal.pitch = Math.min(STEEPEST, Math.max(-STEEPEST, goal.pitch + pitch));
    if (atOnce) Object.assign(this.#now, { yaw: goal.yaw, pitch: goal.pitch });
  }

  /** @param {number} factor */
  zoom(factor) {
    this.#goal.zoom = Math.min(ZOOMS[1], Math.max(ZOOMS[0], this.#goal.zoom * factor));
  }

  home() {
    // The short way round.
    this.#now.yaw -= 2 * Math.PI * Math.round((this.#now.yaw - HOME.yaw) / (2 * Math.PI));
    this.#goal = { ...HOME };
  }

  /**
   * Comes nearer to where it is going; returns how far there is to go.
   *
   * @param {number} share 1 is all the way
   */
  ease(share) {
    let rest = 0;
    for (const key of /** @type {const} */ (["yaw", "pitch", "zoom"])) {
      const gap = this.#goal[key] - this.#now[key];
      this.#now[key] += gap * share;
      rest = Math.max(rest, Math.abs(gap) * (1 - share));
    }
    return rest;
  }

  /**
   * @param {Box} box
   * @param {number} width
   * @param {number} height
   */
  view(box, width, height) {
    return new View(this.#now, box, width, height);
  }
}

/** One look: what it takes to bring places to the picture. */
export class View {
  /** The picture's axes in space: rightwards, upwards and towards the eye. */
  right;
  up;
  near;
  #middle;
  #radius;
  #scale;
  /** @type {number[]} */
  #centre;

  /**
   * @param {{ yaw: number, pitch: number, zoom: number }} from
   * @param {Box} box
   * @param {number} width
   * @param {number} height
   */
  constructor({ yaw, pitch, zoom }, { low, high }, width, height) {
    const [sy, cy, sp, cp] = [Math.sin(yaw), Math.cos(yaw), Math.sin(pitch), Math.cos(pitch)];
    this.right = /** @type {Triple} */ ([cy, sy, 0]);
    this.up = /** @type {Triple} */ ([-sy * sp, cy * sp, cp]);
    this.near = /** @type {Triple} */ ([sy * cp, -cy * cp, sp]);
    this.#middle = /** @type {Triple} */ (low.map((from, k) => (from + (high[k] ?? 0)) / 2));
    const [x, y, z] = low.map((from, k) => (high[k] ?? 0) - from);
    this.#radius = Math.hypot(x ?? 0, y ?? 0, z ?? 0) / 2 || 1;
    this.#scale = (FILL * Math.min(width, height) * zoom) / this.#radius;
    this.#centre = [0, 0];
    // The box stands in the middle of the picture as it is seen.
    const corners = Float64Array.from({ length: 24 }, (_, i) =>
      (Math.floor(i / 3) >> (i % 3)) & 1 ? (high[i % 3] ?? 0) : (low[i % 3] ?? 0),
    );
    this.project(corners, 8, corners);
    this.#centre = [0, 1].map((k) => {
      const along = [0, 1, 2, 3, 4, 5, 6, 7].map((corner) => corners[3 * corner + k] ?? 0);
      return ((k ? height : width) - Math.min(...along) - Math.max(...along)) / 2;
    });
  }

  /**
   * Brings `count` places [count, 3] to the picture: x and y in pixels, and how near they are, from
   * −1 at the back to 1 at the front.
   *
   * @param {ArrayLike<number>} places
   * @param {number} count
   * @param {Float64Array} into [count, 3]
   */
  project(places, count, into) {
    const [rx, ry] = this.right;
    const [ux, uy, uz] = this.up;
    const [nx, ny, nz] = this.near;
    const [mx, my, mz] = this.#middle;
    const [cx = 0, cy = 0] = this.#centre;
    for (let i = 0; i < 3 * count; i += 3) {
      const x = /** @type {number} */ (places[i]) - mx;
      const y = /** @type {number} */ (places[i + 1]) - my;
      const z = /** @type {number} */ (places[i + 2]) - mz;
      const near = (nx * x + ny * y + nz * z) / this.#radius;
      const scale = (this.#scale * DISTANCE) / (DISTANCE - near);
      into[i] = cx + scale * (rx * x + ry * y);
      into[i + 1] = cy - scale * (ux * x + uy * y + uz * z);
      into[i + 2] = near;
    }
    return into;
  }

  /** How much larger things look that are this near. @param {number} near */
  enlargement(near) {
    return DISTANCE / (DISTANCE - near);
  }
}
