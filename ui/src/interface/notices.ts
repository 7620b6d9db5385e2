import { createContext, use } from "react";

export type Tone = "news" | "trouble";

interface NoticesContextValue {
  /** Show a sentence for a few seconds. */
  notify: (text: string, tone?: Tone) => void;
}

export const NoticesContext = createContext<NoticesContextValue>({ notify: () => undefined });

export function useNotices(): NoticesContextValue {
  return use(NoticesContext);
}
