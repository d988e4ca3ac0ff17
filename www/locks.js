// One tab at a time writes the checkpoints of a run. The lock goes with the worker that holds it,
// however that ends.

/** How long the tab or the worker that had a run before may take to let it go. */
const PATIENCE = 3000; // ms: a browser ends a worker that hangs after two seconds

const PREFIX = "attractor-lab ";

let release = () => {};
let mine = "";

/** Lets go of the run that is held. */
export function letGo() {
  release();
  release = () => {};
  mine = "";
}

/**
 * Takes hold of a run, in place of the one before. Says whether it could be had: if not, it is open
 * in another tab.
 *
 * @param {string} run
 * @returns {Promise<boolean>}
 */
export function hold(run) {
  letGo();
  return new Promise((tell) => {
    if (!navigator.locks) return tell(true);
    const had = () => {
      tell(true);
      mine = run;
      return new Promise((free) => (release = () => free(undefined)));
    };
    const patience = { signal: AbortSignal.timeout(PATIENCE) };
    navigator.locks
      .request(PREFIX + run, patience, had)
      // Where locks are forbidden there is no storage to quarrel about.
      .catch((error) => tell(error.name !== "TimeoutError" && error.name !== "AbortError"));
  });
}

/** The runs that are open in other tabs. @returns {Promise<Set<string>>} */
export async function openElsewhere() {
  try {
    const { held = [] } = await navigator.locks.query();
    const names = held.map(({ name = "" }) => name).filter((name) => name.startsWith(PREFIX));
    const runs = new Set(names.map((name) => name.slice(PREFIX.length)));
    runs.delete(mine);
    return runs;
  } catch {
    return new Set();
  }
}
