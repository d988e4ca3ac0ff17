// The shapes that cross the boundary between the page and the Rust side. Types only: no code runs.

/** @typedef {"light" | "dark" | "projector"} Theme */
/** @typedef {number | string | boolean} Value */
/** @typedef {Record<string, Value>} Values */

/**
 * @typedef {object} Knob
 * @property {string} key
 * @property {string} label
 * @property {string} help
 * @property {string} unit
 * @property {string} group
 * @property {boolean} live
 * @property {"count" | "number" | "choice" | "switch" | "material"} kind
 * @property {number} [min]
 * @property {number} [max]
 * @property {number} [step]
 * @property {string[]} [options]
 * @property {string} [of] what kind of material
 * @property {Value} default
 */

/** @typedef {{ name: string, about: string, values: Values }} Preset */

/**
 * @typedef {object} Entry
 * @property {string} id
 * @property {string} question
 * @property {string} about
 * @property {Knob[]} knobs
 * @property {Preset[]} presets
 * @property {{ label: string, experiment: string }[]} next
 * @property {number | null} pace
 * @property {string | null} stage
 * @property {string} unit
 * @property {boolean} endless
 * @property {boolean} trains
 */

/**
 * @typedef {object} Reading A link, read and checked.
 * @property {string} experiment
 * @property {string} seed
 * @property {Values} values
 * @property {number | null} steps
 * @property {number} steered
 * @property {string | null} fingerprint
 * @property {string} link
 * @property {Need[]} needs what must have been opened before it can run
 */

/** @typedef {{ knob: string, of: string, fingerprint: string }} Need */

/** @typedef {{ array: string, layout: string, channel: number }} Pick */
/** @typedef {{ rates: Pick, velocity: Pick, heading: Pick | null, degrees: boolean, step: number | null }} Mapping */
/** @typedef {{ id: string, words: string, channels: number }} Layout */
/** @typedef {{ name: string, shape: number[], number: string, rates: Layout[], inputs: Layout[] }} Listed */
/** @typedef {{ arrays: Listed[], leftOut: string[], guess: Mapping | null, whyNot: string }} Listing */

/**
 * @typedef {object} Taken A recording or a network, ready to be used.
 * @property {string} fingerprint
 * @property {string} about
 * @property {string[]} facts
 * @property {Figure} figure
 * @property {Uint8Array<ArrayBuffer>} bytes
 */

/**
 * @typedef {object} Opening Files that a visitor opened.
 * @property {() => Listing} listing
 * @property {(mapping: Mapping) => Taken} take
 * @property {() => void} free
 */

/** @typedef {{ kind: "figure", id: string, title: string, summary: string }} Figure */
/** @typedef {{ shape: number[], values: Float64Array }} Channel */
/** @typedef {Record<string, Channel>} Channels */

/**
 * @typedef {{ kind: "progress", done: number, total: number | null, rate: number, left: number | null }
 *   | { kind: "metric", name: string, unit: string, step: number, value: number }
 *   | Figure
 *   | { kind: "frame", step: number, channels: Channels }
 *   | { kind: "file", name: string, mime: string, bytes: Uint8Array<ArrayBuffer> }
 *   | { kind: "note" | "warning" | "status" | "device", text: string }
 *   | { kind: "verdict", same: boolean, text: string }} LabEvent
 */

/**
 * @typedef {object} Run
 * @property {(ms: number, steps: number) => Promise<{ events: LabEvent[], over: boolean, step: number }>} advance
 * @property {(key: string, value: Value) => void} steer
 * @property {() => Promise<Uint8Array<ArrayBuffer>>} save
 * @property {() => void} [rest] the run will not be asked for a while
 * @property {() => Promise<string>} link
 * @property {() => Promise<string>} recipe
 * @property {number} step
 * @property {string} experiment
 * @property {(build: string) => Promise<Uint8Array<ArrayBuffer>>} bundle
 * @property {() => void} free
 */

/**
 * @typedef {object} Core One build of the crate, as wasm-bindgen exports it.
 * @property {(options?: { module_or_path: unknown }) => Promise<{ memory?: WebAssembly.Memory }>} default
 * @property {() => Entry[]} catalogue
 * @property {() => { version: string, numerics: number }} about
 * @property {() => string} freshSeed
 * @property {(link: string) => Reading} readLink
 * @property {(experiment: string, seed: string, values: Values) => string} writeLink
 * @property {(experiment: string, values: Values) => string[]} idleKnobs
 * @property {(bytes: Uint8Array) => string} keepMaterial
 * @property {{ admit: (what: string, bytes: number) => void, read: (names: string[], contents: Uint8Array[]) => Opening }} Opening
 * @property {(name: string, bytes: Uint8Array) => Taken} openNetwork
 * @property {(canvas: HTMLCanvasElement, figure: Figure, theme: Theme, width: number, height: number, ratio: number) => void} draw
 * @property {(figure: Figure, theme: Theme) => string} svg
 * @property {(figure: Figure) => string} csv
 * @property {(figure: Figure, theme: Theme, width: number) => number} aspect
 * @property {(gpu: boolean) => Promise<{ device: string, gpu: boolean, compared: number, maxError: number, worst: string }>} goldenCheck
 * @property {(first: number, count: number) => Promise<{ examples: number, tolerance: number, worst: number, what: string }>} [scanCheck] only in the build with WebGPU
 * @property {new () => Desk} Desk
 * @property {(count: number, hire: () => import("./hands.js").Hand) => void} useHands
 * @property {{ start: (link: string, gpu: string) => Promise<Run>, restore: (bytes: Uint8Array, gpu: string) => Promise<Run> }} Run
 */

/**
 * @typedef {object} Desk What lies open before a helping worker.
 * @property {(job: number, trade: string, setup: Uint8Array) => Uint8Array<ArrayBuffer>} open
 * @property {(job: number, message: Uint8Array) => Uint8Array<ArrayBuffer>} ask
 * @property {(job: number) => Uint8Array<ArrayBuffer>} close
 */

/**
 * @typedef {object} StageApi What a live stage may ask of the page.
 * @property {(key: string) => Knob | undefined} knob
 * @property {(key: string) => Value | undefined} value
 * @property {(key: string, value: Value) => void} steer
 * @property {() => boolean} playing
 * @property {() => Theme} theme
 * @property {() => boolean} still whether the visitor asked for less motion
 */

/**
 * @typedef {object} Stage A live picture of one experiment. `www/stage-NAME.js` exports
 * `mount(host, api)`, which returns one of these.
 * @property {(channels: Channels) => void} frame shows what a run just did
 * @property {(values: Values) => void} values the knobs were changed elsewhere
 * @property {() => void} restart the run begins again
 * @property {() => void} restyle the theme changed
 * @property {() => void} unmount
 */

/** @typedef {{ run: string, experiment: string, step: number, link: string, address: string, saved: number, over: boolean, bytes: number, elsewhere: boolean }} StoredRun */

export {};
