/** How one kind of value is written, and how high the axis of a chart of it reaches at least. */
export interface Unit {
  readonly show: (value: number) => string;
  readonly least: number;
}

const plain = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });

export const BITRATE: Unit = { show: bitrate, least: 10_000 };
export const SHARE: Unit = { show: percent, least: 0.02 };
export const FRAMES: Unit = { show: (value) => `${plain.format(value)} fps`, least: 10 };
export const DELAY: Unit = { show: (value) => `${Math.round(value)} ms`, least: 20 };
export const COUNT: Unit = { show: (value) => plain.format(value), least: 4 };

/** Of bit/s. */
export function bitrate(value: number): string {
  if (value >= 1e6) return `${plain.format(value / 1e6)} Mbit/s`;
  return value >= 1000 ? `${Math.round(value / 1000)} kbit/s` : `${Math.round(value)} bit/s`;
}

/** Of a share of 1. */
export function percent(share: number): string {
  const hundredths = share * 100;
  return `${hundredths > 0 && hundredths < 0.1 ? "< 0.1" : plain.format(hundredths)} %`;
}

/** Of seconds: its two largest parts. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  if (hours > 0) return `${plain.format(hours)} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min ${whole % 60} s` : `${whole} s`;
}

/** Of ms since 1970: the time of the day, with the date if it is another day. */
export function moment(at: number, now: number = Date.now()): string {
  const [then, today] = [new Date(at), new Date(now)];
  const time = then.toLocaleTimeString("en-GB");
  return then.toDateString() === today.toDateString() ? time : `${then.toLocaleDateString("en-GB", { day: "numeric", month: "short" })} ${time}`;
}
