// Opens a recipe that was saved as a file: by a button, or dropped anywhere on the page.

import { byId, size } from "./dom.js";

/** The Rust side reads no longer ones; refused before they are read into memory. */
const LARGEST = 1 << 20; // bytes

/**
 * @param {(text: string) => void | Promise<void>} open
 * @param {(sentence: string) => void} refuse
 */
export function startRecipeFiles(open, refuse) {
  const field = /** @type {HTMLInputElement} */ (byId("recipe-file"));

  /** @param {File | null | undefined} file */
  const take = async (file) => {
    if (!file) return;
    if (file.size > LARGEST) {
      return refuse(
        `“${file.name}” has ${size(file.size)}, and a recipe has at most ${size(LARGEST)}.`,
      );
    }
    let text = "";
    try {
      text = (await file.text()).trim();
    } catch {
      return refuse(`“${file.name}” could not be read.`);
    }
    if (!text.startsWith("{")) {
      return refuse(`“${file.name}” is not a recipe: it does not begin with “{”.`);
    }
    await open(text);
  };

  byId("open-recipe").addEventListener("click", () => field.click());
  field.addEventListener("change", () => {
    void take(field.files?.[0]);
    field.value = ""; // so that the same file can be chosen again
  });
  const carriesFiles = (/** @type {DragEvent} */ { dataTransfer }) =>
    dataTransfer?.types.includes("Files");
  // Otherwise the browser would leave the page and show the file.
  document.addEventListener("dragover", (event) => carriesFiles(event) && event.preventDefault());
  document.addEventListener("drop", (event) => {
    if (event.defaultPrevented || !carriesFiles(event)) return;
    event.preventDefault();
    void take(event.dataTransfer?.files[0]);
  });
}
