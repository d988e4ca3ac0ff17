// What live pictures share: canvases of the right size, and letters on them.

/** How much larger than usual the page's text is: the projector's, or the visitor's own choice. */
export const textSize = () =>
  parseFloat(getComputedStyle(document.documentElement).fontSize) / 16 || 1;

/** @param {number} size @param {number} [weight] */
export const font = (size, weight = 400) =>
  `${weight} ${size}px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif`;

/**
 * A canvas cleared and fitted to its box, in device pixels.
 *
 * @param {HTMLCanvasElement} canvas
 */
export function fit(canvas) {
  const ratio = Math.min(3, devicePixelRatio || 1);
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== w || canvas.height !== h) {
    canvas.width = w;
    canvas.height = h;
  }
  const c = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  c.setTransform(ratio, 0, 0, ratio, 0, 0);
  c.clearRect(0, 0, width, height);
  return { c, width, height };
}
