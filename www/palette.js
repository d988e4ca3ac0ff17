// The colours of live pictures, one set a theme. The two that carry meaning, what is true and what
// the neurons say, differ in lightness as well as in hue, so that they survive colour blindness.

/**
 * @typedef {object} Palette
 * @property {string} ground
 * @property {string} ink
 * @property {string} muted
 * @property {string} line
 * @property {string} truth the fly's true heading
 * @property {string} decoded what the neurons say
 * @property {string} over the true heading, drawn over the raster
 * @property {string} light a landmark
 * @property {Uint8ClampedArray} ramp 256 × RGB, from silence to the highest rate
 * @property {string} body
 * @property {string} stripe
 * @property {string} wing
 * @property {string} eye
 * @property {number} glow
 * @property {string[]} kinds points with 0, 1, 2, 3 and more unstable modes
 * @property {string} path a trajectory
 * @property {string} growth what grows: unstable directions and eigenvalues
 */

/** @type {Record<import("./types.js").Theme, Omit<Palette, "ramp"> & { stops: string[] }>} */
const SETS = {
  light: {
    ground: "#fcfbf8",
    ink: "#1d2126",
    muted: "#66707a",
    line: "#ddd8cd",
    truth: "#10667f",
    decoded: "#d2481d",
    over: "#0b5a73",
    light: "#e9a200",
    stops: ["#f1ede4", "#f8d9a8", "#f3a35f", "#e0603b", "#a82450", "#5c1250"],
    body: "#3a332c",
    stripe: "#b58c54",
    wing: "rgba(120, 140, 155, 0.22)",
    eye: "#b3261e",
    glow: 0.16,
    kinds: ["#0f5f8c", "#b87400", "#a3418d", "#3d444c", "#3d444c"],
    path: "#54616e",
    growth: "#cf2e21",
  },
  dark: {
    ground: "#0f1216",
    ink: "#ebe8e2",
    muted: "#949da8",
    line: "#2b323b",
    truth: "#5cc8e3",
    decoded: "#ffa066",
    over: "#7fe3fa",
    light: "#ffd75e",
    stops: ["#191d26", "#3b1c52", "#84246b", "#d2466a", "#f98c5c", "#ffe6ac"],
    body: "#a08e76",
    stripe: "#54442f",
    wing: "rgba(190, 215, 235, 0.17)",
    eye: "#ec5a4c",
    glow: 0.2,
    kinds: ["#62c3ee", "#f2b33d", "#e78fd0", "#d9dde2", "#d9dde2"],
    path: "#8d9baa",
    growth: "#ff6a58",
  },
  projector: {
    ground: "#ffffff",
    ink: "#000000",
    muted: "#2c2c2c",
    line: "#b5b5b5",
    truth: "#00457c",
    decoded: "#c42800",
    over: "#00457c",
    light: "#d98c00",
    stops: ["#f2f2f2", "#ffd28a", "#ff9330", "#de3a10", "#8c0a3c", "#2b0030"],
    body: "#1a1a1a",
    stripe: "#8a6a30",
    wing: "rgba(60, 80, 100, 0.3)",
    eye: "#c00000",
    glow: 0,
    kinds: ["#00457c", "#a35c00", "#8a1270", "#000000", "#000000"],
    path: "#3c4650",
    growth: "#c40000",
  },
};

/**
 * @param {import("./types.js").Theme} theme
 * @returns {Palette}
 */
export function palette(theme) {
  const { stops, ...rest } = SETS[theme];
  return { ...rest, ramp: ramp(stops) };
}

/**
 * 256 colours through the given ones.
 *
 * @param {string[]} stops
 */
function ramp(stops) {
  const colours = stops.map((hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)));
  const table = new Uint8ClampedArray(256 * 3);
  for (let i = 0; i < 256; i++) {
    const at = (i / 255) * (colours.length - 1);
    const from = Math.min(colours.length - 2, Math.floor(at));
    for (let c = 0; c < 3; c++) {
      const [a, b] = [colours[from]?.[c] ?? 0, colours[from + 1]?.[c] ?? 0];
      table[3 * i + c] = a + (b - a) * (at - from);
    }
  }
  return table;
}
