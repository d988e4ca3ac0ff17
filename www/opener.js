// Reads the files that a visitor opens, in a worker of its own: a file that takes long, or breaks the
// program, takes nothing else with it. It lives as long as the dialog is open.

/** @typedef {import("./types.js").Core} Core */
/** @typedef {import("./types.js").Opening} Opening */

/** @type {Promise<Core> | null} */
let core = null;
/** @type {Opening | null} */
let opening = null;

/** @type {Record<string, (lab: Core, message: any) => Promise<{ value: any, transfer?: Transferable[] }>>} */
const verbs = {
  /** @param {Core} lab @param {{ files: File[] }} message */
  async read(lab, { files }) {
    opening?.free();
    opening = null;
    // Too large a file is refused before it is read.
    lab.Opening.admit(files.map(({ name }) => name).join(", "), total(files));
    const contents = await Promise.all(
      files.map(async (file) => new Uint8Array(await file.arrayBuffer())),
    );
    opening = lab.Opening.read(
      files.map(({ name }) => name),
      contents,
    );
    return { value: opening.listing() };
  },

  /** @param {Core} _lab @param {{ mapping: import("./types.js").Mapping }} message */
  async take(_lab, { mapping }) {
    if (!opening) throw new Error("no file is open");
    const value = opening.take(mapping);
    return { value, transfer: [value.bytes.buffer] };
  },

  /** @param {Core} lab @param {{ files: File[] }} message */
  async network(lab, { files }) {
    const [file] = files;
    if (!file || files.length > 1) throw new Error("one file holds a network: open one at a time");
    lab.Opening.admit(file.name, file.size);
    const value = lab.openNetwork(file.name, new Uint8Array(await file.arrayBuffer()));
    return { value, transfer: [value.bytes.buffer] };
  },
};

/** @param {File[]} files */
const total = (files) => files.reduce((sum, { size }) => sum + size, 0);

globalThis.onmessage = async ({ data }) => {
  const { id, verb, module } = data;
  core ??= (async () => {
    const url = new URL("../pkg/core/attractor_lab.js", import.meta.url).href;
    const lab = /** @type {Core} */ (await import(url));
    await lab.default({ module_or_path: module });
    return lab;
  })();
  const post = (/** @type {object} */ message, /** @type {Transferable[]} */ transfer = []) =>
    /** @type {any} */ (globalThis).postMessage({ id, ...message }, transfer);
  try {
    const answer = await verbs[verb]?.(await core, data);
    post({ value: answer?.value }, answer?.transfer);
  } catch (error) {
    post({ error: error instanceof Error ? error.message : String(error) });
  }
};
