// What came out of a race, as tables for a page and for a text.

import { needed, operations } from "./race.js";

/** @typedef {import("./race.js").Result} Result */
/** @typedef {import("./race.js").Size} Size */

/** A table. @typedef {{ head: string[], rows: string[][] }} Table */

/** Three digits that count. @param {number} value */
export const digits = (value) =>
  value >= 99.95 ? Math.round(value).toString() : value.toPrecision(value < 0.0995 ? 2 : 3);

/**
 * One row for each contender: times in ms, how they compare with the first one's, and what share of
 * the possible is reached where that was measured.
 *
 * @param {Result[]} results
 * @param {Size} size
 * @returns {Table}
 */
export function table(results, size) {
  const [first] = results;
  const cpu = results.some((result) => result.cpu !== undefined);
  const counted = results.some(({ counted }) => "dispatches" in counted);
  const head = [
    ...["contender", "best, ms", "median, ms"],
    ...(cpu ? ["processor, ms"] : []),
    "of the first’s best",
    ...(cpu ? ["of its processor time"] : []),
    ...["GFLOP/s", "share of the kernel’s peak", "first update, ms"],
    ...(counted ? ["dispatches", "submits", "bytes read back"] : []),
  ];
  const rows = results.map((result) => {
    const speed = operations(size) / result.best / 1e6;
    const asked = ["dispatches", "submits", "bytesRead"].map((what) => result.counted[what]);
    return [
      ...[result.name, digits(result.best), digits(result.median)],
      ...(cpu ? [result.cpu === undefined ? "" : digits(result.cpu)] : []),
      `${digits(result.best / first.best)} ×`,
      ...(cpu ? [result.cpu && first.cpu ? `${digits(result.cpu / first.cpu)} ×` : ""] : []),
      digits(speed),
      result.peak ? `${Math.round((1e5 * needed(size)) / result.best / result.peak)} %` : "",
      digits(result.first),
      ...(counted ? asked.map((count) => (count === undefined ? "" : String(count))) : []),
    ];
  });
  return { head, rows };
}

/** @param {Table} table @returns {string} in Markdown */
export function markdown({ head, rows }) {
  const line = (/** @type {string[]} */ cells) => `| ${cells.join(" | ")} |`;
  const rule = head.map((_, column) => (column === 0 ? "---" : "---:"));
  return [head, rule, ...rows].map(line).join("\n");
}

/** @param {Size} size */
export const sizeName = ({ units, steps, trials }) =>
  `${units} units, ${steps} steps, ${trials} trials`;
