// A small static server: what a static host does, and nothing more.

import { createReadStream, realpathSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, resolve, sep } from "node:path";
import { pipeline } from "node:stream";
import { createGzip } from "node:zlib";
import { Stop } from "./shell.mjs";

/** @type {Record<string, string>} */
const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json",
  ".webmanifest": "application/manifest+json",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".txt": "text/plain; charset=utf-8",
  ".wasm": "application/wasm",
};

/** What is already compressed gains nothing by it. */
const COMPRESSED = new Set([".png", ".ico"]);

/**
 * Serves the files below `root` to this machine alone.
 *
 * @param {string} root
 * @param {{ port?: number, base?: string, isolated?: boolean }} [options] the first port to try (0:
 *   any), the path the site lives under, such as `/some/where/`, and whether its pages are kept apart
 *   from all others, as is asked of pages with shared memory or exact clocks
 * @returns {Promise<{ url: string, close: () => Promise<void> }>}
 */
export async function serve(root, { port = 0, base = "/", isolated = false } = {}) {
  const folder = realpathSync(root);
  const server = createServer((request, response) => {
    if (isolated) {
      response.setHeader("Cross-Origin-Opener-Policy", "same-origin");
      response.setHeader("Cross-Origin-Embedder-Policy", "require-corp");
    }
    answer(folder, base, request, response);
  });
  const taken = await listen(server, port);
  return {
    url: `http://localhost:${taken}${base}`,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

/**
 * Listens on `port`, or on the next one that is free.
 *
 * @param {import("node:http").Server} server
 * @param {number} port
 * @returns {Promise<number>}
 */
async function listen(server, port) {
  for (let next = port; next < port + 100; next += 1) {
    const error = await new Promise((settle) => {
      server.once("error", settle);
      server.listen(next, "127.0.0.1", () => {
        server.removeListener("error", settle);
        settle(undefined);
      });
    });
    if (!error) return /** @type {import("node:net").AddressInfo} */ (server.address()).port;
    if (error.code !== "EADDRINUSE")
      throw new Stop(`Nothing can be served here: ${error.message}.`);
  }
  throw new Stop(`The ports from ${port} on are all taken.`);
}

/**
 * @param {string} folder
 * @param {string} base
 * @param {import("node:http").IncomingMessage} request
 * @param {import("node:http").ServerResponse} response
 */
function answer(folder, base, request, response) {
  if (request.method !== "GET" && request.method !== "HEAD") return refuse(response, 405);
  const file = find(folder, base, request.url ?? "/");
  if (!file) return refuse(response, 404);

  const { size, mtimeMs } = statSync(file);
  const tag = `"${size.toString(36)}-${Math.round(mtimeMs).toString(36)}"`;
  const type = extname(file);
  // Always asked for again, and sent again only if it changed: a rebuild shows at once.
  response.setHeader("Cache-Control", "no-cache");
  response.setHeader("ETag", tag);
  response.setHeader("X-Content-Type-Options", "nosniff");
  if (request.headers["if-none-match"] === tag) return response.writeHead(304).end();

  response.setHeader("Content-Type", TYPES[type] ?? "application/octet-stream");
  const gzip = !COMPRESSED.has(type) && /\bgzip\b/.test(request.headers["accept-encoding"] ?? "");
  response.setHeader("Vary", "Accept-Encoding");
  if (gzip) response.setHeader("Content-Encoding", "gzip");
  else response.setHeader("Content-Length", size);
  if (request.method === "HEAD") return response.end();

  // A visitor who leaves half-way is no error of ours.
  const left = () => {};
  const content = createReadStream(file);
  // The network to oneself is fast; the compressor should be, too.
  if (gzip) pipeline(content, createGzip({ level: 1 }), response, left);
  else pipeline(content, response, left);
}

/**
 * The file that an address means, if there is one below `folder`.
 *
 * @param {string} folder
 * @param {string} base
 * @param {string} url
 */
function find(folder, base, url) {
  try {
    const address = decodeURIComponent(new URL(url, "http://localhost").pathname);
    if (!address.startsWith(base) || address.includes("\0")) return undefined;
    const asked = resolve(folder, `./${address.slice(base.length)}`);
    const file = realpathSync(statSync(asked).isDirectory() ? join(asked, "index.html") : asked);
    return file.startsWith(folder + sep) && statSync(file).isFile() ? file : undefined;
  } catch {
    return undefined; // badly written, or not there
  }
}

/** @param {import("node:http").ServerResponse} response @param {404 | 405} status */
function refuse(response, status) {
  response.writeHead(status, { "Content-Type": "text/plain; charset=utf-8" });
  response.end(status === 404 ? "There is nothing here.\n" : "This can only be read.\n");
}
