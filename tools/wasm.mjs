// Looks into a WebAssembly file.

import { Stop } from "./shell.mjs";

/**
 * Stops if the linker wrapped the exports of `wasm` in its constructors.
 *
 * A library that never mentions `__wasm_call_ctors` is linked as a program: a shim around every
 * export runs all constructors again at each call, and CubeCL has so many that training becomes a
 * hundred times slower. The shims are named `….command_export`.
 *
 * @param {Buffer} wasm as cargo left it, with its names
 */
export function checkConstructors(wasm) {
  const names = sections(wasm).find((section) => section.name === "name");
  if (!names) throw new Stop("The WebAssembly has no names, so its exports cannot be checked.");
  if (names.content.includes(".command_export")) {
    throw new Stop(
      "Every export of the WebAssembly would run all constructors again: " +
        "call `__wasm_call_ctors` once in the start function of `src/web`.",
    );
  }
}

/** The sections of a WebAssembly file; only custom ones have a name. @param {Buffer} wasm */
function sections(wasm) {
  const found = [];
  let at = 8; // after the magic number and the version
  while (at < wasm.length) {
    const custom = wasm[at] === 0;
    const [size, start] = number(wasm, at + 1);
    const end = start + size;
    const [length, text] = custom ? number(wasm, start) : [0, start];
    found.push({
      name: custom ? wasm.toString("utf8", text, text + length) : undefined,
      content: wasm.subarray(text + length, end),
    });
    at = end;
  }
  return found;
}

/** An unsigned LEB128 number and where it ends. @param {Buffer} bytes @param {number} at */
function number(bytes, at) {
  let value = 0;
  for (let shift = 0; ; shift += 7, at += 1) {
    value += (bytes[at] & 0x7f) * 2 ** shift;
    if (bytes[at] < 0x80) return [value, at + 1];
  }
}
