/** What a visitor chose last time; kept in this browser only. */
export interface Preferences {
  readonly name: string;
  readonly cameraOn: boolean;
  readonly microphoneOn: boolean;
  readonly cameraId?: string;
  readonly microphoneId?: string;
  readonly speakerId?: string;
}

export const DEFAULT_PREFERENCES: Preferences = { name: "", cameraOn: true, microphoneOn: true };

const KEY = "roomful.preferences";

export function loadPreferences(storage: Pick<Storage, "getItem"> = window.localStorage): Preferences {
  const text = storage.getItem(KEY);
  return text === null ? DEFAULT_PREFERENCES : parsePreferences(text);
}

export function savePreferences(preferences: Preferences, storage: Pick<Storage, "setItem"> = window.localStorage): void {
  storage.setItem(KEY, JSON.stringify(preferences));
}

/** Storage outlives versions of this page: every field is checked, and what does not fit falls back. */
export function parsePreferences(text: string): Preferences {
  let stored: unknown;
  try {
    stored = JSON.parse(text);
  } catch {
    return DEFAULT_PREFERENCES;
  }
  if (typeof stored !== "object" || stored === null) return DEFAULT_PREFERENCES;
  const { name, cameraOn, microphoneOn, cameraId, microphoneId, speakerId } = stored as Record<string, unknown>;
  return {
    name: typeof name === "string" ? name : DEFAULT_PREFERENCES.name,
    cameraOn: typeof cameraOn === "boolean" ? cameraOn : DEFAULT_PREFERENCES.cameraOn,
    microphoneOn: typeof microphoneOn === "boolean" ? microphoneOn : DEFAULT_PREFERENCES.microphoneOn,
    ...(typeof cameraId === "string" && { cameraId }),
    ...(typeof microphoneId === "string" && { microphoneId }),
    ...(typeof speakerId === "string" && { speakerId }),
  };
}
