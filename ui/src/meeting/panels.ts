/** The panels beside the stage, at most one open, and the ids of their elements. */
export const PANELS = { chat: "chat-panel", people: "people-panel", devices: "devices-panel", conduct: "conduct-panel" } as const;

export type PanelName = keyof typeof PANELS;
