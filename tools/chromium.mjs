// Where the browser is.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { which } from "./shell.mjs";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];

/** Chromium or one of its kin: $CHROMIUM, else on the PATH, else where installers put it. */
export function findChromium() {
  const { CHROMIUM, HOME = "", PROGRAMFILES = "", LOCALAPPDATA = "" } = process.env;
  if (CHROMIUM) return existsSync(CHROMIUM) ? CHROMIUM : undefined;
  const usual = [
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    join(HOME, "Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
    join(PROGRAMFILES, "Google/Chrome/Application/chrome.exe"),
    join(LOCALAPPDATA, "Google/Chrome/Application/chrome.exe"),
    join(PROGRAMFILES, "Microsoft/Edge/Application/msedge.exe"),
  ];
  return NAMES.map(which).find(Boolean) ?? usual.find(existsSync);
}
