// The panel that shows what is stored on this device, and deletes it.

import { byId, duration, el, grouped, size } from "./dom.js";

/**
 * @param {import("./runner.js").Runner} runner
 * @param {import("./materials.js").Materials} materials
 * @param {(id: string) => string} question
 * @param {(run: import("./types.js").StoredRun) => void} resume
 */
export function startStored(runner, materials, question, resume) {
  const dialog = /** @type {HTMLDialogElement} */ (byId("stored"));
  const list = byId("stored-list");

  const refresh = async () => {
    const { runs, mode } = await runner.stored();
    const opened = await materials.list();
    const total = [...runs, ...opened].reduce((sum, { bytes }) => sum + bytes, 0);
    const counted = (/** @type {number} */ count, /** @type {string} */ one) =>
      count ? [count === 1 ? `one ${one}` : `${count} ${one}s`] : [];
    const kept = [...counted(runs.length, "run"), ...counted(opened.length, "opened file")];
    const words = kept.join(" and ");
    byId("stored-mode").textContent =
      mode === "memory"
        ? "This browser keeps nothing for this page: runs are lost when it is closed."
        : words
          ? `${words.charAt(0).toUpperCase()}${words.slice(1)}, ${size(total)}. Nothing leaves this device.`
          : "Nothing is stored. Nothing ever leaves this device.";
    list.replaceChildren(
      ...runs.map((run) =>
        el(
          "li",
          { "data-run": run.run },
          el(
            "div",
            {},
            el("strong", {}, question(run.experiment)),
            el(
              "span",
              { class: "muted" },
              `step ${grouped(run.step)} · ${size(run.bytes)} · ${duration((Date.now() - run.saved) / 1000)} ago${run.elsewhere ? " · open in another tab" : ""}`,
            ),
          ),
          el(
            "button",
            {
              type: "button",
              class: "small",
              onclick: () => {
                dialog.close();
                resume(run);
              },
            },
            run.elsewhere ? "Resume a copy" : run.over ? "Show" : "Resume",
          ),
          !run.elsewhere &&
            el(
              "button",
              {
                type: "button",
                class: "small",
                "aria-label": `Delete the run at step ${run.step}`,
                onclick: async () => {
                  await runner.erase(run.run);
                  await refresh();
                },
              },
              "Delete",
            ),
        ),
      ),
      ...opened.map(({ fingerprint, about, bytes }) =>
        el(
          "li",
          { "data-material": fingerprint },
          el(
            "div",
            {},
            el("strong", {}, `Your file ${fingerprint}`),
            el("span", { class: "muted" }, `${about} · ${size(bytes)}`),
          ),
          el(
            "button",
            {
              type: "button",
              class: "small",
              "aria-label": `Delete the file ${fingerprint}`,
              onclick: async () => {
                await materials.erase(fingerprint);
                await refresh();
              },
            },
            "Delete",
          ),
        ),
      ),
    );
    /** @type {HTMLButtonElement} */ (byId("erase")).disabled =
      opened.length === 0 && runs.every(({ elsewhere }) => elsewhere);
  };

  byId("erase").addEventListener("click", async () => {
    await runner.erase(null);
    await materials.erase(null);
    await refresh();
  });
  for (const button of document.querySelectorAll("[data-open=stored]")) {
    button.addEventListener("click", () => {
      dialog.showModal();
      refresh().catch(() => (byId("stored-mode").textContent = "The store could not be read."));
    });
  }
}
