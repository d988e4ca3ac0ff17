// A contender that is a program of its own: it reads what is wanted line by line, and answers so.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** @typedef {import("../browser/race.js").Contender} Contender */

/** How long a program may take to answer, in ms. */
const PATIENCE = 300_000;

/** Programs that wait stand still, so that their waiting threads take nothing from the others. */
const CAN_STOP = process.platform !== "win32";

/**
 * Old settings for the processors of one machine, which slow down what knows newer ones.
 */
const MISLEADING = ["OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"];

/** @implements {Contender} */
export class Program {
  #command;
  /** @type {import("node:child_process").ChildProcessWithoutNullStreams | undefined} */
  #child;
  /** @type {AsyncIterator<string> | undefined} */
  #lines;
  #complaint = "";

  /**
   * @param {string} id
   * @param {string} how what follows the program's own name
   * @param {string[]} command
   * @param {boolean} [knowsPeak] whether it can tell what its machine can do at most
   */
  constructor(id, how, command, knowsPeak = false) {
    this.id = id;
    this.how = how;
    this.name = how;
    this.#command = command;
    this.peak = knowsPeak ? () => this.#peak() : undefined;
  }

  /** @param {import("../browser/race.js").Size} size */
  async open(size) {
    if (!this.#child) await this.#start();
    return /** @type {Promise<{ errors: number[], first: number }>} */ (this.#ask(size));
  }

  /** @param {number} updates */
  async go(updates) {
    return /** @type {Promise<import("../browser/race.js").Lap>} */ (this.#ask({ updates }));
  }

  async #peak() {
    const { peak } = await this.#ask({ peak: true });
    return /** @type {number} */ (peak);
  }

  rest() {
    if (CAN_STOP) this.#child?.kill("SIGSTOP");
  }

  close() {
    this.#child?.kill("SIGKILL");
  }

  async #start() {
    const [program, ...args] = this.#command;
    const env = { ...process.env };
    for (const name of MISLEADING) delete env[name];
    const child = spawn(program, args, { env });
    this.#child = child;
    child.on("error", (error) => (this.#complaint = error.message));
    child.stderr.on("data", (text) => (this.#complaint = `${this.#complaint}${text}`.slice(-2000)));
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const { name } = await this.#hear();
    this.name = `${name}, ${this.how}`;
  }

  /** @param {object} question */
  #ask(question) {
    if (CAN_STOP) this.#child?.kill("SIGCONT");
    this.#child?.stdin.write(`${JSON.stringify(question)}\n`);
    return this.#hear();
  }

  /** @returns {Promise<Record<string, unknown>>} */
  async #hear() {
    /** @type {NodeJS.Timeout | undefined} */
    let timer;
    const late = new Promise((_, reject) => {
      const why = new Error(`no answer within ${PATIENCE / 1000} seconds`);
      timer = setTimeout(reject, PATIENCE, why);
    });
    try {
      const line = await Promise.race([this.#lines?.next(), late]);
      if (line && !line.done) return JSON.parse(line.value);
    } finally {
      clearTimeout(timer);
    }
    const words = this.#complaint.trim().split("\n").pop();
    throw new Error(words || "it ended without a word");
  }
}
