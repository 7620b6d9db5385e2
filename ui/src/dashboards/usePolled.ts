import { useCallback, useEffect, useState } from "react";

import { Code } from "../roomclient/codes";
import { RoomError } from "../roomclient/errors";
import { useAdmission } from "./admission";

const TOKEN_NEEDED: ReadonlySet<number> = new Set([Code.Unauthorized, Code.TokenExpired, Code.Forbidden]);

export interface Polled<T> {
  /** The newest one; it stays while there is trouble. */
  readonly answer: T | undefined;
  /** Why there is no newer one. */
  readonly trouble: string | undefined;
  /** Ask at once, as after a change. */
  readonly again: () => void;
}

/** Ask again and again, so many ms after each answer, while somebody looks. `ask` must be the same function each time. */
export function usePolled<T>(ask: (token: string | undefined) => Promise<T>, every: number): Polled<T> {
  const { token, refuse } = useAdmission();
  const [polled, setPolled] = useState<Omit<Polled<T>, "again">>({ answer: undefined, trouble: undefined });
  const [turn, setTurn] = useState(0);
  const again = useCallback(() => setTurn((number) => number + 1), []);

  useEffect(() => {
    let wanted = true;
    let timer: number | undefined;
    const poll = async () => {
      try {
        const answer = document.hidden ? undefined : await ask(token);
        if (wanted && answer !== undefined) setPolled({ answer, trouble: undefined });
      } catch (error) {
        if (!wanted) return;
        if (error instanceof RoomError && TOKEN_NEEDED.has(error.code)) refuse();
        else setPolled(({ answer }) => ({ answer, trouble: error instanceof Error ? error.message : String(error) }));
      }
      if (wanted) timer = window.setTimeout(() => void poll(), every);
    };
    void poll();
    return () => {
      wanted = false;
      window.clearTimeout(timer);
    };
  }, [ask, every, token, refuse, turn]);
  return { ...polled, again };
}
