/** The panels beside the desk, at most one open, and the ids of their elements. */
export const DESK_PANELS = {
  chat: "chat-panel",
  audio: "audio-panel",
  queue: "queue-panel",
  transfer: "transfer-panel",
  history: "history-panel",
  entrance: "entrance-panel",
} as const;

export type DeskPanelName = keyof typeof DESK_PANELS;
