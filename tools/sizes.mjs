// The size report: what a visitor downloads.

import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

/**
 * Prints and keeps the size of every file of the site, plain and compressed.
 *
 * @param {string} site
 * @param {string} report where to write the same table
 * @param {string[]} remarks lines to print above it
 */
export function reportSizes(site, report, remarks) {
  const files = readdirSync(site, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .map((file) => ({ name: relative(site, file).split(sep).join("/"), ...measure(file) }))
    .sort((a, b) => b.gzip - a.gzip);
  const first = files.filter(({ name }) => !name.startsWith("pkg/gpu/"));
  const rows = [
    ["file", "bytes", "gzip", "brotli"],
    ...files.map(({ name, ...sizes }) => row(name, sizes)),
    row("first visit", total(first)),
    ...(first.length < files.length ? [row("with the GPU build", total(files))] : []),
  ];
  const widths = [0, 1, 2, 3].map((column) =>
    Math.max(...rows.map((cells) => cells[column].length)),
  );
  const lines = rows.map((cells) =>
    cells
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])))
      .join("  "),
  );
  const text = [...remarks, "", ...lines, ""].join("\n");
  console.log(text);
  writeFileSync(report, text);
}

/** @typedef {{ bytes: number, gzip: number, brotli: number }} Sizes */

/** @param {string} file @returns {Sizes} */
function measure(file) {
  const content = readFileSync(file);
  // As compact as a server makes it while the visitor waits, not as compact as it could be.
  const brotli = brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 6 } });
  return { bytes: content.length, gzip: gzipSync(content).length, brotli: brotli.length };
}

/** @param {Sizes[]} files @returns {Sizes} */
function total(files) {
  const sum = { bytes: 0, gzip: 0, brotli: 0 };
  for (const { bytes, gzip, brotli } of files) {
    sum.bytes += bytes;
    sum.gzip += gzip;
    sum.brotli += brotli;
  }
  return sum;
}

/** @param {string} name @param {Sizes} sizes */
function row(name, { bytes, gzip, brotli }) {
  return [name, ...[bytes, gzip, brotli].map((size) => size.toLocaleString("en-GB"))];
}
