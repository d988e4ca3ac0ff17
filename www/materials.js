// What the visitor opened from files, kept on this device by fingerprint: in the origin's private file
// system where there is one, else in memory until the page is closed.
//
//   length of the note u32 · note (JSON) · bytes

const FOLDER = "attractor-lab-opened";
/** Most things kept; the one that was opened first makes room. */
const KEPT = 4;

/** @typedef {{ fingerprint: string, about: string, opened: number }} Note */
/** @typedef {Note & { bytes: number }} Kept */
/** @typedef {{ note: Note, bytes: Uint8Array<ArrayBuffer> }} Material */

export class Materials {
  /** @type {Promise<FileSystemDirectoryHandle | null> | null} */
  #folder = null;
  /** What is not written, or not yet. @type {Map<string, Material>} */
  #memory = new Map();
  /** What is known to be here, for sentences. @type {Map<string, string>} */
  #about = new Map();

  /**
   * @param {string} fingerprint
   * @returns {string | undefined} what it is in words, if it is here
   */
  about(fingerprint) {
    return this.#about.get(fingerprint);
  }

  /**
   * Keeps what was opened.
   *
   * @param {string} fingerprint
   * @param {string} about
   * @param {Uint8Array<ArrayBuffer>} bytes
   */
  async keep(fingerprint, about, bytes) {
    const note = { fingerprint, about, opened: Date.now() };
    // It can be used from now on, while it is still being written.
    this.#about.set(fingerprint, about);
    this.#memory.set(fingerprint, { note, bytes });
    try {
      const folder = await this.#open();
      if (!folder) throw new Error("there is no folder");
      const text = new TextEncoder().encode(JSON.stringify(note));
      const head = new DataView(new ArrayBuffer(4));
      head.setUint32(0, text.length, true);
      const file = await folder.getFileHandle(fingerprint, { create: true });
      const stream = await file.createWritable();
      await stream.write(new Blob([head, text, bytes]));
      await stream.close();
      this.#memory.delete(fingerprint);
      await this.#thin(fingerprint);
    } catch {
      // Full or forbidden: it stays in memory until the page is closed.
    }
  }

  /**
   * The bytes of what was opened, if it is here.
   *
   * @param {string} fingerprint
   * @returns {Promise<Uint8Array<ArrayBuffer> | null>}
   */
  async read(fingerprint) {
    const kept = this.#memory.get(fingerprint)?.bytes;
    if (kept) return kept;
    const file = await this.#file(fingerprint);
    return file && new Uint8Array(await file.contents.arrayBuffer());
  }

  /** @returns {Promise<Kept[]>} the newest first */
  async list() {
    const folder = await this.#open();
    const found = [...this.#memory.values()].map(({ note, bytes }) => ({
      ...note,
      bytes: bytes.length,
    }));
    for (const name of folder ? await names(folder) : []) {
      const file = this.#memory.has(name) ? null : await this.#file(name);
      if (file) found.push({ ...file.note, bytes: file.contents.size });
    }
    this.#about = new Map(found.map(({ fingerprint, about }) => [fingerprint, about]));
    return found.sort((a, b) => b.opened - a.opened);
  }

  /** @param {string | null} fingerprint one thing, or everything */
  async erase(fingerprint) {
    const folder = await this.#open();
    for (const name of folder ? await names(folder) : []) {
      if (fingerprint === null || name === fingerprint) {
        await folder?.removeEntry(name).catch(() => {});
      }
    }
    if (fingerprint === null) this.#memory.clear();
    else this.#memory.delete(fingerprint);
    await this.list();
  }

  /** @param {string} present */
  async #thin(present) {
    const others = (await this.list()).filter(({ fingerprint }) => fingerprint !== present);
    for (const { fingerprint } of others.slice(KEPT - 1)) await this.erase(fingerprint);
  }

  /**
   * The note of a file, and its contents, unread.
   *
   * @param {string} name
   * @returns {Promise<{ note: Note, contents: Blob } | null>}
   */
  async #file(name) {
    try {
      const folder = await this.#open();
      const file = await (await folder?.getFileHandle(name))?.getFile();
      if (!file) return null;
      const length = new DataView(await file.slice(0, 4).arrayBuffer()).getUint32(0, true);
      const note = JSON.parse(await file.slice(4, 4 + length).text());
      return { note, contents: file.slice(4 + length) };
    } catch {
      return null; // not here, or torn
    }
  }

  /** @returns {Promise<FileSystemDirectoryHandle | null>} */
  #open() {
    this.#folder ??= (async () => {
      try {
        const root = await navigator.storage.getDirectory();
        return await root.getDirectoryHandle(FOLDER, { create: true });
      } catch {
        return null; // private mode, a sandboxed frame, an old browser
      }
    })();
    return this.#folder;
  }
}

/** @param {FileSystemDirectoryHandle} folder */
async function names(folder) {
  /** @type {string[]} */
  const found = [];
  for await (const name of /** @type {any} */ (folder).keys()) found.push(name);
  return found;
}
