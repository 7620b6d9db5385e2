// Drives Chromium tabs for tests: one JSON command per line on stdin, one JSON answer per line on stdout.
//
//   node tabs.mjs '{"executable": "/usr/bin/chromium", "devices": "fake"}'
//   > {"id": 1, "do": "open", "tab": "alice", "url": "http://127.0.0.1:7880/"}
//   < {"id": 1, "result": null}
//   > {"id": 2, "do": "click", "tab": "alice", "testid": "join"}
//   < {"id": 2, "error": "…"}
//
// The first line out is {"ready": "<browser version>"}. The end of stdin ends the browser. See tabs.py for the commands.
import { createInterface } from "node:readline";

import { launch } from "./driver/browser.mjs";
import { COMMANDS } from "./driver/commands.mjs";

/** @param {unknown} message */
function say(message) {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

/** @type {Map<string, import("./driver/browser.mjs").Tab>} */
const tabs = new Map();
const browser = await launch(JSON.parse(process.argv[2] ?? "{}"));
say({ ready: browser.version() });

/** @param {string} line */
async function answer(line) {
  const { id, do: name, ...parameters } = JSON.parse(line);
  try {
    const command = COMMANDS[name];
    if (command === undefined) throw new Error(`there is no command ${name}`);
    say({ id, result: (await command({ browser, tabs, ...parameters })) ?? null });
  } catch (error) {
    say({ id, error: error instanceof Error ? error.message : String(error) });
  }
}

// Commands run side by side: a test may wait in one tab while it acts in another.
for await (const line of createInterface({ input: process.stdin })) void answer(line);
await browser.close();
