// Checkpoints on this device, in the origin's private file system. Each run has two slots written in
// turn, so that a torn write always leaves the one before. The bytes carry their own checksum, which
// the Rust side verifies; the header here only says what they are.
//
//   "ALC1" · sequence u32 · length of the note u32 · length of the bytes u32 · note (JSON) · bytes

import { openElsewhere } from "./locks.js";

const FOLDER = "attractor-lab";
const MAGIC = 0x31434c41; // "ALC1", little-endian
const HEADER = 16;
/** Earlier runs kept of each experiment, besides the present one. */
const KEPT = 1;

/** @typedef {Omit<import("./types.js").StoredRun, "bytes" | "elsewhere">} Note */
/** @typedef {{ sequence: number, note: Note, bytes: Uint8Array, size: number }} Slot */

export class Slots {
  /** @type {Promise<FileSystemDirectoryHandle | null> | null} */
  #folder = null;
  /** The next sequence number, by run. @type {Map<string, number>} */
  #sequence = new Map();
  #refused = false;

  /** @returns {Promise<"disk" | "memory">} */
  async mode() {
    return !this.#refused && (await this.#found()) ? "disk" : "memory";
  }

  /**
   * Writes a checkpoint. Returns "" or, when it was not stored, a sentence.
   *
   * @param {Note} note
   * @param {Uint8Array} bytes
   * @returns {Promise<string>}
   */
  async write(note, bytes) {
    try {
      const folder = await this.#open();
      if (!folder)
        return "This browser keeps nothing here: the run is lost when the page is closed.";
      const sequence = this.#sequence.get(note.run) ?? 0;
      if (sequence === 0) await this.#thin(folder, note);
      this.#sequence.set(note.run, sequence + 1);
      const text = new TextEncoder().encode(JSON.stringify(note));
      const head = new DataView(new ArrayBuffer(HEADER));
      [MAGIC, sequence, text.length, bytes.length].forEach((n, i) =>
        head.setUint32(4 * i, n, true),
      );
      const name = `${note.run}.${sequence % 2 ? "b" : "a"}`;
      const file = await folder.getFileHandle(name, { create: true });
      const access = await /** @type {any} */ (file).createSyncAccessHandle();
      try {
        access.truncate(0);
        let at = access.write(head, { at: 0 });
        at += access.write(text, { at });
        at += access.write(bytes, { at });
        access.flush();
        if (at < HEADER + text.length + bytes.length) throw new Error("the device is full");
      } finally {
        access.close();
      }
      this.#refused = false;
      return "";
    } catch (error) {
      this.#refused = true;
      const why = isFull(error)
        ? "there is no room left"
        : error instanceof Error
          ? error.message
          : error;
      return `The run cannot be stored on this device (${why}); it goes on, but is lost when the page is closed.`;
    }
  }

  /**
   * The copies of a run's checkpoint, newest first.
   *
   * @param {string} run
   * @returns {Promise<Uint8Array[]>}
   */
  async read(run) {
    const slots = (await this.#all()).filter(({ note }) => note.run === run);
    const newest = slots[0];
    if (newest) this.#sequence.set(run, newest.sequence + 1);
    return slots.map(({ bytes }) => bytes);
  }

  /** @returns {Promise<import("./types.js").StoredRun[]>} the newest first */
  async list() {
    /** @type {Map<string, import("./types.js").StoredRun>} */
    const runs = new Map();
    const elsewhere = await openElsewhere();
    for (const { note, size } of await this.#all()) {
      const known = runs.get(note.run);
      if (known) known.bytes += size;
      else runs.set(note.run, { ...note, bytes: size, elsewhere: elsewhere.has(note.run) });
    }
    return [...runs.values()].sort((a, b) => b.saved - a.saved);
  }

  /** @param {string | null} run one run, or everything but what is open in other tabs */
  async erase(run) {
    const folder = await this.#found();
    if (!folder) return;
    const elsewhere = await openElsewhere();
    for (const name of await names(folder)) {
      const owner = name.slice(0, name.lastIndexOf("."));
      if (elsewhere.has(owner) || (run !== null && owner !== run)) continue;
      await folder.removeEntry(name).catch(() => {});
    }
  }

  /**
   * The folder, or null where there is none: private mode, a sandboxed frame, an old browser.
   *
   * @returns {Promise<FileSystemDirectoryHandle | null>}
   * @throws where the device is full, which may pass
   */
  #open() {
    this.#folder ??= (async () => {
      try {
        const root = await navigator.storage.getDirectory();
        return await root.getDirectoryHandle(FOLDER, { create: true });
      } catch (error) {
        if (!isFull(error)) return null;
        this.#folder = null;
        throw error;
      }
    })();
    return this.#folder;
  }

  /** The folder, or null where there is none or no room for it. */
  #found() {
    return this.#open().catch(() => null);
  }

  /**
   * Every readable slot, newest first.
   *
   * @returns {Promise<Slot[]>}
   */
  async #all() {
    const folder = await this.#found();
    if (!folder) return [];
    /** @type {Slot[]} */
    const slots = [];
    for (const name of await names(folder)) {
      try {
        const file = await (await folder.getFileHandle(name)).getFile();
        const slot = parse(new Uint8Array(await file.arrayBuffer()));
        if (slot) slots.push(slot);
      } catch {
        // Being written by another tab just now.
      }
    }
    return slots.sort((a, b) => b.sequence - a.sequence);
  }

  /**
   * A new run makes room by dropping the oldest of its kind, never the newest earlier one.
   *
   * @param {FileSystemDirectoryHandle} _folder
   * @param {Note} note
   */
  async #thin(_folder, note) {
    const others = (await this.list()).filter(
      ({ experiment, run }) => experiment === note.experiment && run !== note.run,
    );
    for (const { run } of others.slice(KEPT)) await this.erase(run);
  }
}

/** @param {unknown} error */
function isFull(error) {
  return error instanceof DOMException && error.name === "QuotaExceededError";
}

/** @param {FileSystemDirectoryHandle} folder */
async function names(folder) {
  /** @type {string[]} */
  const found = [];
  for await (const name of /** @type {any} */ (folder).keys()) found.push(name);
  return found;
}

/**
 * @param {Uint8Array} file
 * @returns {Slot | null}
 */
function parse(file) {
  if (file.length < HEADER) return null;
  const head = new DataView(file.buffer, file.byteOffset, HEADER);
  const at = (/** @type {number} */ place) => head.getUint32(4 * place, true);
  const [magic, sequence, note, bytes] = [at(0), at(1), at(2), at(3)];
  if (magic !== MAGIC || HEADER + note + bytes !== file.length) return null;
  try {
    const text = new TextDecoder().decode(file.subarray(HEADER, HEADER + note));
    return {
      sequence,
      note: JSON.parse(text),
      bytes: file.slice(HEADER + note),
      size: file.length,
    };
  } catch {
    return null;
  }
}
