// The visitor's hands on the state space: dragging and arrow keys turn it, pinching, the wheel and
// + and − zoom, a click chooses a point, N and P go from one to the next.

const CLICK = 5; // px that a click may move
const KEY_TURN = 0.12; // rad
const KEY_FINE = 0.02; // rad, with Shift
const KEY_ZOOM = 1.2;

/**
 * @typedef {object} Space What the hands act on.
 * @property {(yaw: number, pitch: number, atOnce: boolean) => void} turn
 * @property {(factor: number) => void} zoom
 * @property {() => void} home
 * @property {(x: number, y: number, reach: number) => void} choose the point at a place, or none
 * @property {(x: number, y: number) => void} hover
 * @property {() => void} leave
 * @property {(way: 1 | -1) => void} walk to the next point
 * @property {() => void} release lets go of the chosen point
 * @property {() => unknown} touched
 */

export class Hands {
  #host;
  #space;
  /** Where each finger is. @type {Map<number, { x: number, y: number }>} */
  #fingers = new Map();
  #moved = 0;

  /**
   * @param {HTMLElement} host
   * @param {Space} space
   */
  constructor(host, space) {
    this.#host = host;
    this.#space = space;
    host.addEventListener("pointerdown", (event) => this.#down(event));
    host.addEventListener("pointermove", (event) => this.#move(event));
    host.addEventListener("pointerup", (event) => this.#up(event));
    host.addEventListener("pointercancel", (event) => this.#fingers.delete(event.pointerId));
    host.addEventListener("pointerleave", () => space.leave());
    host.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    host.addEventListener("keydown", (event) => this.#key(event));
  }

  /** @param {PointerEvent} event */
  #place({ clientX, clientY }) {
    const box = this.#host.getBoundingClientRect();
    return { x: clientX - box.left, y: clientY - box.top };
  }

  /** @param {PointerEvent} event */
  #down(event) {
    if (event.button !== 0) return;
    this.#host.setPointerCapture(event.pointerId);
    if (this.#fingers.size === 0) this.#moved = 0;
    this.#fingers.set(event.pointerId, this.#place(event));
    this.#host.classList.add("held");
    this.#space.touched();
  }

  /** @param {PointerEvent} event */
  #move(event) {
    const at = this.#place(event);
    const before = this.#fingers.get(event.pointerId);
    if (!before) {
      if (event.pointerType === "mouse") this.#space.hover(at.x, at.y);
      return;
    }
    const [dx, dy] = [at.x - before.x, at.y - before.y];
    this.#moved += Math.hypot(dx, dy);
    if (this.#fingers.size === 1) {
      // Across the picture is half a turn.
      const share = Math.PI / this.#host.clientWidth;
      if (this.#moved > CLICK) this.#space.turn(-dx * share, dy * share, true);
    } else {
      const spread = this.#spread();
      this.#fingers.set(event.pointerId, at);
      const now = this.#spread();
      if (spread > 0 && now > 0) this.#space.zoom(now / spread);
      this.#moved = Infinity;
    }
    this.#fingers.set(event.pointerId, at);
  }

  /** How far two fingers are apart. */
  #spread() {
    const [a, b] = [...this.#fingers.values()];
    return a && b ? Math.hypot(a.x - b.x, a.y - b.y) : 0;
  }

  /** @param {PointerEvent} event */
  #up(event) {
    if (!this.#fingers.delete(event.pointerId)) return;
    if (this.#fingers.size > 0) return;
    this.#host.classList.remove("held");
    if (this.#moved > CLICK) return;
    const { x, y } = this.#place(event);
    this.#space.choose(x, y, event.pointerType === "mouse" ? 8 : 18);
  }

  /**
   * The wheel scrolls the page until the picture has been taken in hand.
   *
   * @param {WheelEvent} event
   */
  #wheel(event) {
    const pinch = event.ctrlKey;
    if (!pinch && document.activeElement !== this.#host) return;
    event.preventDefault();
    const pixels = event.deltaY * (event.deltaMode === 1 ? 20 : 1);
    this.#space.touched();
    this.#space.zoom((pinch ? 1.01 : 1.0015) ** -pixels);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = event.shiftKey ? KEY_FINE : KEY_TURN;
    const { turn, zoom, home, walk, release } = this.#space;
    /** @type {Record<string, () => void>} */
    const actions = {
      ArrowLeft: () => turn(step, 0, false),
      ArrowRight: () => turn(-step, 0, false),
      ArrowUp: () => turn(0, -step, false),
      ArrowDown: () => turn(0, step, false),
      "+": () => zoom(KEY_ZOOM),
      "=": () => zoom(KEY_ZOOM),
      "-": () => zoom(1 / KEY_ZOOM),
      _: () => zoom(1 / KEY_ZOOM),
      Home: home,
      n: () => walk(1),
      p: () => walk(-1),
      Escape: release,
    };
    const action = actions[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!action) return;
    event.preventDefault();
    this.#space.touched();
    action();
  }
}
