// The page of the race, for a person who starts it by hand. A program that drives it finds the
// contenders in `lanes`.

import { race } from "./race.js";
import { table } from "./report.js";
import { LANES, Lane } from "./lanes.js";

const lanes = Object.fromEntries(LANES.map((lane) => [lane.id, new Lane(lane)]));
Object.assign(globalThis, { lanes });

/** @param {string} id */
const byId = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
/** @param {string} id */
const number = (id) => /** @type {HTMLInputElement} */ (byId(id)).valueAsNumber;

for (const { id, name } of LANES) {
  const box = document.createElement("input");
  Object.assign(box, { type: "checkbox", name: "contender", value: id });
  box.checked = !/-2$|tfjs-webgpu/.test(id);
  const label = document.createElement("label");
  label.append(box, ` ${name}`);
  byId("contenders").append(label);
}

byId("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = /** @type {HTMLFormElement} */ (byId("form"));
  const chosen = new FormData(form).getAll("contender").map((id) => lanes[String(id)]);
  const button = /** @type {HTMLButtonElement} */ (form.querySelector("button"));
  button.disabled = true;
  const size = { units: number("units"), steps: number("steps"), trials: number("trials") };
  const tell = (/** @type {string} */ sentence) => (byId("status").textContent = sentence);
  const { results, absent } = await race(chosen, size, { rounds: number("rounds"), tell });
  for (const lane of chosen) lane.close();
  tell(results.length > 0 ? "Done. Times are for one update." : "Nobody finished.");
  if (results.length > 0) show(table(results, size));
  const items = absent.map(({ name, why }) => {
    const item = document.createElement("li");
    item.textContent = `${name} did not take part: ${why}`;
    return item;
  });
  byId("absent").replaceChildren(...items);
  button.disabled = false;
});

/** @param {import("./report.js").Table} table */
function show({ head, rows }) {
  const element = document.createElement("table");
  const top = element.createTHead().insertRow();
  for (const text of head) {
    const cell = document.createElement("th");
    cell.scope = "col";
    cell.textContent = text;
    top.append(cell);
  }
  const body = element.createTBody();
  for (const row of rows) {
    const line = body.insertRow();
    for (const text of row) line.insertCell().textContent = text;
  }
  byId("result").replaceChildren(element);
}
