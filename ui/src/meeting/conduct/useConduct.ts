import { useSyncExternalStore } from "react";

import { useAskingWith } from "../../interface/useAsking";
import { Code } from "../../roomclient/codes";
import { ConductStore } from "./ConductStore";
import type { Meeting } from "./meeting";
import { useAnnouncedMeeting } from "./useAnnouncedMeeting";

/** A meeting, and what one can do about it. */
export interface Conduct {
  readonly meeting: Meeting;
  /** Resolves to whether the server said yes; a no is told to the visitor. */
  readonly act: (action: string, fields?: Readonly<Record<string, unknown>>) => Promise<boolean>;
}

const REFUSALS: Readonly<Record<number, string>> = {
  [Code.UserNotFound]: "That person is not here any more.",
  [Code.BadState]: "That is not possible at this point of the meeting.",
};

/** The meeting that this room is; undefined for rooms that are none. */
export function useConduct(store: ConductStore): Conduct | undefined {
  const ask = useAskingWith(REFUSALS);

  const meeting = useSyncExternalStore(store.subscribe, store.snapshot);
  useAnnouncedMeeting(store);
  if (meeting === undefined) return undefined;
  return { meeting, act: (action, fields) => ask(store.dialogue.request(action, fields)) };
}
