import { useState } from "react";

import type { JoinFailure } from "../../session/joinFailure";
import { describeEntryFailure, enterShow, type Entry } from "../entry";
import type { ShowStore } from "../ShowStore";

interface Entering {
  enter: (entry: Entry) => Promise<void>;
  busy: boolean;
  failure: JoinFailure | undefined;
  /** What failed no longer matters: the visitor changed it. */
  forgive: () => void;
}

/** The step from the entrance into the room. */
export function useEntering(onEntered: (store: ShowStore) => void): Entering {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<JoinFailure>();
  const enter = async (entry: Entry) => {
    if (busy) return;
    setBusy(true);
    setFailure(undefined);
    try {
      onEntered(await enterShow(entry));
    } catch (error) {
      setFailure(describeEntryFailure(error, entry.door));
    } finally {
      setBusy(false);
    }
  };
  return { enter, busy, failure, forgive: () => setFailure(undefined) };
}
