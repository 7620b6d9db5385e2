// Chromium as the tests need it, and what is kept per tab.
import { createRequire } from "node:module";

// The one npm installation of the repository is that of the pages.
const require = createRequire(new URL("../../../ui/package.json", import.meta.url));
/** @type {typeof import("playwright-core")} */
const { chromium } = require("playwright-core");

/**
 * A page, and what went wrong in it: uncaught exceptions and errors on the console.
 * @typedef {{ page: import("playwright-core").Page, errors: string[] }} Tab
 */

/**
 * Which cameras and microphones the browser has: `fake` ones that it permits at once (a green picture with a moving
 * clock, and beeps), fake ones that are `denied`, or `absent` ones.
 * @typedef {"fake" | "denied" | "absent"} Devices
 */

/** Nothing of these reaches the network by itself. */
const QUIET = [
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/**
 * Three cameras, so that there is a choice: the second one delivers depth (Y16), which no encoder takes, the third one
 * pictures like the first. Few frames per second, because all encoders share a small machine.
 */
const FAKE_DEVICES = "--use-fake-device-for-media-stream=device-count=3,fps=10";

/** @type {Record<Devices, string[]>} */
const DEVICE_FLAGS = {
  fake: [FAKE_DEVICES, "--use-fake-ui-for-media-stream"],
  denied: [FAKE_DEVICES, "--deny-permission-prompts"],
  absent: ["--use-fake-ui-for-media-stream"],
};

/**
 * @typedef {object} Options
 * @property {string} [executable]
 * @property {Devices} [devices]
 * @property {string | null} [film] A Y4M file for the fake cameras.
 * @property {string | null} [trusted] An origin whose pages get cameras as if they came over https.
 */

/**
 * A browser with a profile of its own that goes when it ends.
 * @param {Options} options
 * @returns {Promise<import("playwright-core").Browser>}
 */
export function launch({ executable = "/usr/bin/chromium", devices = "fake", film = null, trusted = null }) {
  return chromium.launch({
    executablePath: executable,
    headless: true,
    // Chromium refuses to run its sandbox as root, which is what containers are.
    chromiumSandbox: process.getuid?.() !== 0,
    args: [
      ...QUIET,
      ...DEVICE_FLAGS[devices],
      ...(film === null ? [] : [`--use-file-for-fake-video-capture=${film}`]),
      ...(trusted === null ? [] : [`--unsafely-treat-insecure-origin-as-secure=${trusted}`]),
    ],
  });
}
