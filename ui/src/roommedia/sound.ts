import { createContext, useCallback, useMemo, useState } from "react";

interface SoundValue {
  readonly muted: boolean;
  readonly onBlocked: (element: HTMLAudioElement) => void;
}

export const SoundContext = createContext<SoundValue>({ muted: false, onBlocked: () => undefined });

export interface SoundSwitch {
  readonly context: SoundValue;
  readonly setMuted: (muted: boolean) => void;
  /** The browser wants a touch first. */
  readonly blocked: boolean;
  readonly unblock: () => void;
}

/** The sound of a page as a whole. */
export function useSound(): SoundSwitch {
  const [muted, setMuted] = useState(false);
  const [silent, setSilent] = useState<readonly HTMLAudioElement[]>([]);
  const onBlocked = useCallback((element: HTMLAudioElement) => setSilent((current) => [...current, element]), []);
  const context = useMemo(() => ({ muted, onBlocked }), [muted, onBlocked]);
  const unblock = () => {
    for (const element of silent) void element.play().catch(() => undefined); // Gone meanwhile.
    setSilent([]);
  };
  return { context, setMuted, blocked: silent.some((element) => element.isConnected), unblock };
}
