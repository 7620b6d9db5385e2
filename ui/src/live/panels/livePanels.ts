/** The panels that take the place of the chat, at most one, and the ids of their elements. */
export const LIVE_PANELS = { viewers: "viewers-panel", guests: "guests-panel", pk: "pk-panel", mic: "mic-panel" } as const;

export type LivePanelName = keyof typeof LIVE_PANELS;
