import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

/** Where `roomful serve --dev` listens; the development server passes everything that is not a page on to it. */
const server = process.env["ROOMFUL_URL"] ?? "http://127.0.0.1:7880";

/** What the page of the HTTP API at /docs is made of, served by ourselves: that page works without the internet, too. */
function apiPage(): Plugin {
  const resolve = createRequire(import.meta.url).resolve;
  return {
    name: "api-page",
    generateBundle() {
      for (const file of ["swagger-ui-bundle.js", "swagger-ui-standalone-preset.js", "swagger-ui.css"]) {
        const source = readFileSync(resolve(`swagger-ui-dist/${file}`));
        this.emitFile({ type: "asset", fileName: `api-page/${file}`, source });
      }
    },
  };
}

export default defineConfig({
  plugins: [react(), apiPage()],
  build: {
    outDir: fileURLToPath(new URL("../src/roomful/web/static", import.meta.url)),
    emptyOutDir: true,
    target: "es2022",
    chunkSizeWarningLimit: 1000,
    // The bundle carries other people's code: their licences travel with it.
    license: { fileName: "assets/licenses.md" },
    rolldownOptions: {
      output: {
        // The libraries change less often than the pages: a browser keeps them over an upgrade of roomful.
        codeSplitting: {
          groups: [
            { name: "livekit", test: /node_modules[\\/](@livekit|livekit-client|@bufbuild)[\\/]/ },
            { name: "charts", test: /node_modules[\\/]uplot[\\/]/ },
            { name: "libraries", test: /node_modules[\\/]/ },
          ],
        },
      },
    },
  },
  server: {
    host: "127.0.0.1",
    proxy: {
      "/api": server,
      "/rtc": { target: server, ws: true },
      "/room": { target: server, ws: true },
      "/webrtc": server,
      "^/live/(rooms|gifts|pk)(/|$)": server,
      "^/(all_room_stats|room_stats|daily_stats)(/|\\?|$)": server,
      "/meeting": server,
      "/customer-service": { target: server, ws: true },
    },
  },
  test: {
    include: ["src/**/*.test.ts"],
  },
});
