import { describe, expect, it } from "vitest";

import { DEFAULT_PREFERENCES, loadPreferences, parsePreferences, savePreferences, type Preferences } from "./preferences";

describe("preferences", () => {
  it("are the same after a visit", () => {
    const storage = new Map<string, string>();
    const preferences: Preferences = { name: "Alice", cameraOn: false, microphoneOn: true, cameraId: "c1" };
    savePreferences(preferences, { setItem: (key, value) => storage.set(key, value) });
    expect(loadPreferences({ getItem: (key) => storage.get(key) ?? null })).toEqual(preferences);
  });

  it("are the defaults at the first visit", () => {
    expect(loadPreferences({ getItem: () => null })).toEqual(DEFAULT_PREFERENCES);
  });

  it.each(["", "null", "7", "{", '{"name": 1, "cameraOn": "yes", "cameraId": null}'])("survive %j in the storage", (text) => {
    expect(parsePreferences(text)).toEqual(DEFAULT_PREFERENCES);
  });
});
