/** The panels beside the stage, at most one open, and the ids of their elements. */
export const PANELS = {
  chat: "chat-panel",
  people: "people-panel",
  devices: "devices-panel",
  conduct: "conduct-panel",
  debug: "debug-panel",
} as const;

export type PanelName = keyof typeof PANELS;

/** Whether the address asks for the panel of faults to try, `?debug`: asked once, for the address changes on the way. */
export const DEBUGGING = new URLSearchParams(window.location.search).has("debug");
