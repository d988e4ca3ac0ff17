// The address bar. It always holds the link of what is on the page: knob changes replace it (after a
// short rest, because browsers limit how often), a change of experiment adds an entry to the history.

const REST = 300; // ms

export class Address {
  /** @type {number | undefined} */
  #timer;
  #shown = location.hash;
  /** @type {string | null} */
  #waiting = null;

  /** @param {(link: string) => void} visit called when the visitor goes back, forward or types */
  constructor(visit) {
    const changed = () => {
      if (location.hash === this.#shown) return;
      this.#forget();
      this.#shown = location.hash;
      visit(this.link());
    };
    addEventListener("hashchange", changed);
    addEventListener("popstate", changed);
    addEventListener("pagehide", () => this.#flush());
  }

  /** The link in the address bar, without `#`. */
  link() {
    return location.hash.slice(1);
  }

  /**
   * @param {string} link
   * @param {"push" | "replace"} how
   */
  show(link, how) {
    this.#forget();
    if (`#${link}` === location.hash) return;
    if (how === "push") history.pushState(null, "", `#${link}`);
    else history.replaceState(null, "", `#${link}`);
    this.#shown = location.hash;
  }

  /** @param {string} link */
  showSoon(link) {
    this.#waiting = link;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#flush(), REST);
  }

  #flush() {
    if (this.#waiting !== null) this.show(this.#waiting, "replace");
  }

  #forget() {
    clearTimeout(this.#timer);
    this.#waiting = null;
  }
}
