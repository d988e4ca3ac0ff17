// The points and paths of a state space as they are shown. A new solution is paired with the one
// before it, so that points move to their new places, new ones appear and lost ones fade.

/** @typedef {import("./space-camera.js").Box} Box */
/** @typedef {import("./space-camera.js").Triple} Triple */
/** @typedef {import("./types.js").Channel} Channel */
/** @typedef {import("./types.js").Channels} Channels */

const REACH = 0.35; // of the picture's radius: who moves farther is somebody else
const ROUNDS = 12;
const MARGIN = 0.06; // of the widest side, round what is seen
const STRAYS = 0.04; // share of the paths that may leave the box at each side
const SAMPLES = 1000; // of the paths, which say where most of them are

/**
 * @typedef {object} Told What a solution says of a point.
 * @property {number} unstable NaN for a slow point
 * @property {number} speed log10 q, NaN if it is not known
 * @property {string} label what the outputs say there, such as “+−+”, or ""
 * @property {Float64Array} outputs
 * @property {Float64Array} modes unstable directions [M, 3]
 * @property {Float64Array} eigenvalues [N, 2]
 * @property {number} slowest τ, NaN if it is not known
 */

/**
 * @typedef {object} Shown
 * @property {number} id the same from one solution to the next
 * @property {Float64Array} place where it is shown
 * @property {Float64Array} goal where it belongs
 * @property {number} presence from 0 to 1
 * @property {boolean} lost the newest solution does not have it
 */

/** @typedef {Told & Shown} Point */

/** @returns {{ count: number, samples: number, shown: Float64Array, goal: Float64Array }} */
const noPaths = () => ({
  count: 0,
  samples: 0,
  shown: new Float64Array(0),
  goal: new Float64Array(0),
});

export class Cloud {
  /** All that is shown. @type {Point[]} */
  points = [];
  /** Those of the newest solution, the most stable first. @type {Point[]} */
  found = [];
  /** Paths [count, samples, 3]. */
  paths = noPaths();
  /** What holds everything. @type {Box | null} */
  box = null;
  /** @type {Box | null} */
  #goal = null;
  /** Those of the newest solution, as they came. @type {Point[]} */
  #order = [];
  #ids = 0;

  get empty() {
    return this.found.length === 0 && this.paths.count === 0;
  }

  clear() {
    this.points = [];
    this.found = this.#order = [];
    this.paths = noPaths();
    this.box = this.#goal = null;
  }

  /**
   * Takes what a frame says.
   *
   * @param {Channels} channels
   */
  take(channels) {
    const { points, trajectories } = channels;
    if (trajectories) this.#takePaths(trajectories);
    if (points) this.#takePoints(points, channels);
    if (trajectories || points) this.#measure();
  }

  /** @param {Channel} channel */
  #takePaths({ shape: [count = 0, samples = 0], values }) {
    const before = this.paths;
    if (count !== before.count || samples !== before.samples) {
      this.paths = { count, samples, shown: values.slice(), goal: values };
      return;
    }
    const { shown } = before;
    const reach = REACH * radiusOf(this.#goal);
    for (let k = 0; k < count; k++) {
      const [from, to] = [3 * k * samples, 3 * (k + 1) * samples];
      let farthest = 0;
      for (let i = from; i < to; i++) {
        const gap = Math.abs(/** @type {number} */ (values[i]) - /** @type {number} */ (shown[i]));
        if (gap > farthest) farthest = gap;
      }
      // One that is somewhere else is another one.
      if (farthest > reach) shown.set(values.subarray(from, to), from);
    }
    this.paths = { count, samples, shown, goal: values };
  }

  /** @param {Channel} channel @param {Channels} channels */
  #takePoints({ shape: [count = 0], values }, channels) {
    const places = Array.from({ length: count }, (_, p) => values.slice(3 * p, 3 * p + 3));
    // Most have not moved since the frame before.
    const stays = places.map((place, p) => {
      const point = this.#order[p];
      return point && place.every((x, k) => x === point.goal[k]) ? point : undefined;
    });
    const still = new Set(stays);
    const rest = this.#order.filter((point) => !still.has(point));
    const news = places.filter((_, p) => !stays[p]);
    const partners = pair(
      rest.map(({ goal }) => goal),
      news,
      REACH * radiusOf(this.#goal),
    );
    for (const point of rest) point.lost = true;
    let next = 0;
    this.#order = places.map((goal, p) => {
      const told = toldOf(channels, p);
      const known = stays[p] ?? rest[partners[next++] ?? -1];
      if (known) return Object.assign(known, told, { goal, lost: false });
      const born = {
        id: this.#ids++,
        place: goal.slice(),
        goal,
        presence: 0,
        lost: false,
        ...told,
      };
      this.points.push(born);
      return born;
    });
    this.found = [...this.#order];
    this.found.sort(byRank);
  }

  /** Finds the box that holds the points and most of the paths. */
  #measure() {
    const axes = /** @type {const} */ ([0, 1, 2]);
    const ranges = axes.map((axis) => {
      const [low, high] = rangeOf(this.paths.goal, axis);
      const places = this.found.map(({ goal }) => goal[axis] ?? 0);
      return [Math.min(low, ...places), Math.max(high, ...places)];
    });
    const sizes = ranges.map(([low = 0, high = 0]) => high - low);
    const widest = Math.max(...sizes);
    if (!Number.isFinite(widest)) return;
    // A flat cloud still has a box, and what lies on its rim is inside.
    const rooms = sizes.map((size) =>
      Math.max(MARGIN * widest, (0.2 * widest - size) / 2, Number.MIN_VALUE),
    );
    const box = {
      low: /** @type {Triple} */ (axes.map((k) => (ranges[k]?.[0] ?? 0) - (rooms[k] ?? 0))),
      high: /** @type {Triple} */ (axes.map((k) => (ranges[k]?.[1] ?? 0) + (rooms[k] ?? 0))),
    };
    // The picture does not tremble with every path.
    const [before, slack] = [this.#goal, MARGIN * widest];
    const near = (/** @type {"low" | "high"} */ side) =>
      axes.every((k) => Math.abs(box[side][k] - (before?.[side][k] ?? Infinity)) < slack);
    if (!near("low") || !near("high")) this.#goal = box;
    this.box ??= { low: [...box.low], high: [...box.high] };
  }

  /**
   * Brings what is shown nearer to what is; returns how far there is to go, in radii.
   *
   * @param {number} share 1 is all the way
   */
  ease(share) {
    let rest = 0;
    let away = 0;
    for (const point of this.points) {
      for (let k = 0; k < 3; k++) {
        const gap = (point.goal[k] ?? 0) - (point.place[k] ?? 0);
        point.place[k] = (point.place[k] ?? 0) + gap * share;
        away = Math.max(away, Math.abs(gap));
      }
      const gap = (point.lost ? 0 : 1) - point.presence;
      point.presence += gap * share;
      rest = Math.max(rest, Math.abs(gap));
    }
    this.points = this.points.filter(({ lost, presence }) => !lost || presence > 0.01);
    const { shown, goal } = this.paths;
    for (let i = 0; i < goal.length; i++) {
      const gap = /** @type {number} */ (goal[i]) - /** @type {number} */ (shown[i]);
      // Where a path was broken it is whole at once.
      if (gap !== gap) shown[i] = /** @type {number} */ (goal[i]);
      else if (gap !== 0) {
        shown[i] = /** @type {number} */ (shown[i]) + gap * share;
        if (gap > away) away = gap;
        else if (-gap > away) away = -gap;
      }
    }
    const [box, wanted] = [this.box, this.#goal];
    if (box && wanted) {
      for (const side of /** @type {const} */ (["low", "high"])) {
        for (const k of /** @type {const} */ ([0, 1, 2])) {
          const gap = wanted[side][k] - box[side][k];
          box[side][k] += gap * share;
          away = Math.max(away, Math.abs(gap));
        }
      }
    }
    return (1 - share) * Math.max(rest, away / radiusOf(this.#goal));
  }
}

/**
 * Where most of the paths are, along an axis.
 *
 * @param {Float64Array} values [sample, 3]
 * @param {number} axis
 */
function rangeOf(values, axis) {
  const stride = 3 * Math.ceil(values.length / 3 / SAMPLES);
  const some = [];
  for (let i = axis; i < values.length; i += stride) {
    const value = /** @type {number} */ (values[i]);
    if (Number.isFinite(value)) some.push(value);
  }
  const sorted = Float64Array.from(some).sort();
  const end = Math.floor(STRAYS * sorted.length);
  return [sorted[end] ?? Infinity, sorted[sorted.length - 1 - end] ?? -Infinity];
}

/** @param {Box | null} box */
function radiusOf(box) {
  if (!box) return 1;
  return Math.hypot(...box.low.map((low, k) => (box.high[k] ?? 0) - low)) / 2;
}

/**
 * Pairs places with the nearest of earlier ones: whoever are nearest to each other belong together,
 * then the same among the rest.
 *
 * @param {Float64Array[]} before
 * @param {Float64Array[]} after
 * @param {number} reach who are farther apart do not belong together
 * @returns {number[]} for each of `after` an index into `before`, or −1
 */
export function pair(before, after, reach) {
  const partners = after.map(() => -1);
  const taken = before.map(() => false);
  const free = {
    /** @param {number} i */ before: (i) => !taken[i],
    /** @param {number} j */ after: (j) => partners[j] === -1,
  };
  for (let round = 0; round < ROUNDS; round++) {
    const back = nearest(before, after, free.before, free.after, reach);
    const forth = nearest(after, before, free.after, free.before, reach);
    let found = false;
    forth.forEach((i, j) => {
      if (i < 0 || back[i] !== j) return;
      partners[j] = i;
      taken[i] = true;
      found = true;
    });
    if (!found) break;
  }
  return partners;
}

/**
 * For each free one of `from` the nearest free one of `to`, or −1.
 *
 * @param {Float64Array[]} from
 * @param {Float64Array[]} to
 * @param {(index: number) => boolean} fromFree
 * @param {(index: number) => boolean} toFree
 * @param {number} reach
 */
function nearest(from, to, fromFree, toFree, reach) {
  return from.map((a, i) => {
    let [best, least] = [-1, reach * reach];
    if (!fromFree(i)) return best;
    to.forEach((b, j) => {
      if (!toFree(j)) return;
      let square = 0;
      for (let k = 0; k < 3; k++) square += ((a[k] ?? 0) - (b[k] ?? 0)) ** 2;
      if (square < least) [best, least] = [j, square];
    });
    return best;
  });
}

/**
 * @param {Channels} channels
 * @param {number} p
 * @returns {Told}
 */
function toldOf(channels, p) {
  const number = (/** @type {string} */ name) => channels[name]?.values[p] ?? NaN;
  const row = (/** @type {string} */ name) => {
    const channel = channels[name];
    if (!channel) return new Float64Array(0);
    const length = channel.shape.slice(1).reduce((product, each) => product * each, 1);
    return channel.values.subarray(p * length, (p + 1) * length);
  };
  const sign = (/** @type {number} */ value) => (value > 0 ? "+" : value < 0 ? "−" : "0");
  return {
    unstable: number("unstable"),
    speed: number("speed"),
    label: Array.from(row("signs"), sign).join(""),
    outputs: row("outputs"),
    modes: row("modes"),
    eigenvalues: row("eigenvalues"),
    slowest: number("slowest"),
  };
}

/** Attractors first, slow points last; among equals “+++” comes before “−−−”. @param {Point} a @param {Point} b */
function byRank(a, b) {
  const rank = ({ unstable } = a) => (Number.isNaN(unstable) ? Infinity : unstable);
  const worth = (/** @type {string} */ sign) => "+0−".indexOf(sign);
  if (rank(a) !== rank(b)) return rank(a) - rank(b);
  for (let k = 0; k < a.label.length; k++) {
    const gap = worth(a.label[k] ?? "") - worth(b.label[k] ?? "");
    if (gap) return gap;
  }
  return (a.speed || 0) - (b.speed || 0) || a.id - b.id;
}
