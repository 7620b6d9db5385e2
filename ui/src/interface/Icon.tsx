/** Strokes on a 24 × 24 grid. */
const SHAPES = {
  microphone: "M12 3a3 3 0 0 1 3 3v5a3 3 0 0 1-6 0V6a3 3 0 0 1 3-3ZM5.5 11a6.5 6.5 0 0 0 13 0M12 17.5V21",
  "microphone-off": "M4 4l16 16M9 9v2a3 3 0 0 0 4.8 2.4M15 10.5V6a3 3 0 0 0-5.7-1.3M5.5 11a6.5 6.5 0 0 0 10 5.5M18.5 11a6.5 6.5 0 0 1-.6 2.7M12 17.5V21",
  camera: "M4.5 6.5h9a1.5 1.5 0 0 1 1.5 1.5v8a1.5 1.5 0 0 1-1.5 1.5h-9A1.5 1.5 0 0 1 3 16V8a1.5 1.5 0 0 1 1.5-1.5ZM15 11l6-3.5v9L15 13",
  "camera-off": "M4 4l16 16M6.5 6.5h-2A1.5 1.5 0 0 0 3 8v8a1.5 1.5 0 0 0 1.5 1.5h9a1.5 1.5 0 0 0 1.5-1.5v-1M11 6.5h2.5A1.5 1.5 0 0 1 15 8v3l6-3.5v9l-1.5-.9",
  screen: "M4.5 4.5h15A1.5 1.5 0 0 1 21 6v9.5a1.5 1.5 0 0 1-1.5 1.5h-15A1.5 1.5 0 0 1 3 15.5V6a1.5 1.5 0 0 1 1.5-1.5ZM8.5 20.5h7M12 14V8M9.5 10.3 12 7.8l2.5 2.5",
  chat: "M5 4.5h14A1.5 1.5 0 0 1 20.5 6v9a1.5 1.5 0 0 1-1.5 1.5h-7.5L7 20.5v-4H5A1.5 1.5 0 0 1 3.5 15V6A1.5 1.5 0 0 1 5 4.5ZM8 9h8M8 12.2h5",
  people: "M9 11.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM2.5 19.5c.5-3.4 3-5.2 6.5-5.2s6 1.8 6.5 5.2M16 4.8a3.3 3.3 0 0 1 0 6.4M18 14.7c2 .7 3.2 2.3 3.5 4.8",
  sliders: "M4 7h9M18 7h2M4 17h2M11 17h9M15.5 4.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5ZM8.5 14.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5Z",
  leave: "M14 4.5H6.5A1.5 1.5 0 0 0 5 6v12a1.5 1.5 0 0 0 1.5 1.5H14M10.5 12H21M17.5 8.5 21 12l-3.5 3.5",
  pin: "M9 3.5h6M10 3.5v6L6.5 13v1.5h11V13L14 9.5v-6M12 14.5v6",
  link: "M10 14a4 4 0 0 0 6 .4l3-3a4 4 0 0 0-5.7-5.7L12 7M14 10a4 4 0 0 0-6-.4l-3 3a4 4 0 0 0 5.7 5.7L12 17",
  check: "M4.5 12.5 9.5 17.5 19.5 6.5",
  close: "M6 6l12 12M18 6 6 18",
  send: "M4 12 20 4.5 15.5 20l-3.8-6.3L4 12ZM11.7 13.7 20 4.5",
  speaker: "M4 9.5h3.5L12 5.5v13l-4.5-4H4v-5ZM15.5 9a4 4 0 0 1 0 6M18 6.5a7.5 7.5 0 0 1 0 11",
  "speaker-off": "M4 4l16 16M9 8.3 12 5.5v6M12 15.5v3l-4.5-4H4v-5h3.5M18 6.5a7.5 7.5 0 0 1 1.6 8.3M15.5 9a4 4 0 0 1 1.1 2.6",
  hand: "M7 12.5V6.8a1.4 1.4 0 0 1 2.8 0V11V4.9a1.4 1.4 0 0 1 2.8 0V11V5.8a1.4 1.4 0 0 1 2.8 0V12V8.3a1.4 1.4 0 0 1 2.8 0v6.2c0 3.6-2.2 6-5.6 6-2.6 0-4-1-5.4-3.3L4.4 13a1.5 1.5 0 0 1 2.5-1.6L8 13",
  play: "M7.5 5v14l11-7-11-7Z",
  pause: "M8.5 5v14M15.5 5v14",
  stop: "M6.5 6.5h11v11h-11v-11Z",
  versus: "M4 4l7 7M4 9V4h5M20 20l-7-7M20 15v5h-5M20 4l-7 7M15 4h5v5M4 20l7-7M9 20H4v-5",
  comments: "M3.5 7h11M3.5 12h17M3.5 17h8M17 7h3.5M14.5 17h6",
  crown: "M4.5 17.5 3.5 8l5 3.5L12 5.5l3.5 6 5-3.5-1 9.5h-15Z",
  agenda: "M9 4.5h6M8 3.5h8v3H8v-3ZM8 5H6a1.5 1.5 0 0 0-1.5 1.5V19A1.5 1.5 0 0 0 6 20.5h12a1.5 1.5 0 0 0 1.5-1.5V6.5A1.5 1.5 0 0 0 18 5h-2M8.5 11h7M8.5 15h5",
  warning: "M12 4 21.5 20h-19L12 4ZM12 10v4.5M12 17.2v.3",
} as const;

export type IconName = keyof typeof SHAPES;

/** A drawing in the colour of its text. Decoration unless it has a label. */
export function Icon({ name, label }: { name: IconName; label?: string }) {
  return (
    <svg
      className="icon"
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.8"
      strokeLinecap="round"
      strokeLinejoin="round"
      {...(label === undefined ? { "aria-hidden": true } : { role: "img", "aria-label": label })}
    >
      <path d={SHAPES[name]} />
    </svg>
  );
}
