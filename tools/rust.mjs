// Rust as the page needs it: a compiler, WebAssembly, and the wasm-bindgen that fits the crate.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { Stop, ask, install, path, read, run, say, which } from "./shell.mjs";

const TARGET = "wasm32-unknown-unknown";

/** How to call cargo for WebAssembly. @typedef {{ env: Record<string, string>, args: string[] }} Wasm */

/** Stops unless there is a Rust that is new enough. */
export function needRust() {
  const needed = /^rust-version = "(.+)"/m.exec(read(path("Cargo.toml")) ?? "")?.[1] ?? "1";
  const found = /^rustc (\d+\.\d+)/.exec(ask("rustc", ["--version"]) ?? "")?.[1];
  if (!found || !which("cargo")) {
    throw new Stop(`Rust is missing: install it from https://rustup.rs, then run this again.`);
  }
  if (found.localeCompare(needed, "en", { numeric: true }) < 0) {
    throw new Stop(
      `Rust ${needed} or newer is needed, and this is ${found}: run \`rustup update\`.`,
    );
  }
}

/** Adds rustfmt and clippy where rustup can. */
export function needLints() {
  const missing = ["rustfmt", "clippy"].filter(
    (name) => !ask("cargo", [name === "rustfmt" ? "fmt" : name, "--version"]),
  );
  if (missing.length > 0) {
    say(`Adding ${missing.join(" and ")} to Rust.`);
    run("rustup", ["component", "add", ...missing], {
      otherwise: `${missing.join(" and ")} could not be added: run \`rustup component add ${missing.join(" ")}\`.`,
    });
  }
}

/** Makes sure Rust can compile to WebAssembly. @returns {Wasm} */
export function needWasm() {
  const ready = rustupWasm() ?? debianWasm();
  if (ready) return ready;

  say(`Adding WebAssembly (${TARGET}) to Rust.`);
  if (ask("rustup", ["target", "add", TARGET]) !== undefined) {
    const added = rustupWasm();
    if (added) return added;
  }
  say("rustup could not add it; trying Debian's Rust for the web instead.");
  install("rustc-web", "rust-web-src", "lld-19");
  const added = debianWasm();
  if (added) return added;
  throw new Stop(
    `Rust cannot compile to WebAssembly here: run \`rustup target add ${TARGET}\` to see why.`,
  );
}

/** The usual way: rustup's own standard library for the target. */
function rustupWasm() {
  const library = ask("rustc", ["--print", "target-libdir", "--target", TARGET]);
  return library && existsSync(library) ? { env: {}, args: [] } : undefined;
}

/** Debian's way: a compiler that carries its library's source, which is then built with the crate. */
function debianWasm() {
  const linker = ["wasm-ld-19", "wasm-ld-22", "wasm-ld"].find(which);
  const rustc = "/usr/bin/rustc";
  const sysroot = existsSync(rustc) ? ask(rustc, ["--print", "sysroot"]) : undefined;
  if (!linker || !existsSync(`${sysroot}/lib/rustlib/src/rust/library/std`)) return undefined;
  return {
    env: {
      RUSTC: rustc,
      RUSTC_BOOTSTRAP: "1",
      CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER: linker,
    },
    args: ["-Zbuild-std=std,panic_abort"],
  };
}

/** Makes sure there is a wasm-bindgen of the crate's version. @returns {string} the program */
export function needBindgen() {
  const used = /name = "wasm-bindgen"\nversion = "(.+)"/.exec(read(path("Cargo.lock")) ?? "")?.[1];
  const manifest = path("tools/bindgen/Cargo.toml");
  if (!read(manifest)?.includes(`wasm-bindgen-cli-support = "=${used}"`)) {
    throw new Stop(`tools/bindgen must have the wasm-bindgen of Cargo.lock, which is ${used}.`);
  }
  const folder = path("target/tools");
  const program = join(folder, "release", process.platform === "win32" ? "bindgen.exe" : "bindgen");
  if (!existsSync(program)) say("Compiling wasm-bindgen (a minute or two, once).");
  const build = ["build", "--release", "--locked", "--manifest-path", manifest];
  run("cargo", [...build, "--target-dir", folder], {
    otherwise: "tools/bindgen could not be compiled: see cargo's words above.",
  });
  return program;
}
