import { fileURLToPath } from "node:url";

import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

/** Where `roomful serve --dev` listens; the development server passes everything that is not a page on to it. */
const server = process.env["ROOMFUL_URL"] ?? "http://127.0.0.1:7880";

export default defineConfig({
  plugins: [react()],
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
    },
  },
  test: {
    include: ["src/**/*.test.ts"],
  },
});
