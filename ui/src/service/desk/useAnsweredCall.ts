import { useCallback, useEffect, useState } from "react";

import { useNotices } from "../../interface/notices";
import { joinCall, type CallStore } from "../CallStore";
import type { WayIn } from "../messages";
import type { WorkplaceClient } from "./WorkplaceClient";

interface AnsweredCall {
  /** The room of the call that this desk has. */
  readonly store: CallStore | undefined;
  readonly enter: (way: WayIn) => Promise<void>;
}

/** The agent's own connection to the room of its call: made by answering, and again by whoever reloads the page. */
export function useAnsweredCall(client: WorkplaceClient): AnsweredCall {
  const [store, setStore] = useState<CallStore>();
  const { notify } = useNotices();

  const enter = useCallback(
    async (way: WayIn) => {
      try {
        setStore(await joinCall(way.room_id, way.room_token));
      } catch (error) {
        notify(`The call cannot be entered: ${error instanceof Error ? error.message : String(error)}`, "trouble");
      }
    },
    [notify],
  );

  useEffect(
    () =>
      client.on("workplace", ({ call }) => {
        if (call !== null && store === undefined) void enter(call);
      }),
    [client, store, enter],
  );

  useEffect(() => {
    if (store === undefined) return undefined;
    const leave = (session: string) => {
      if (session === store.sessionId) setStore(undefined);
    };
    const stops = [
      store.client.onStatus(({ at }) => {
        if (at === "ended") setStore(undefined);
      }),
      client.on("call_ended", ({ session_id }) => leave(session_id)),
      client.on("call_transferred", ({ session_id, to_agent }) => {
        if (to_agent.id !== client.snapshot().workplace?.me.id) leave(session_id);
      }),
    ];
    return () => {
      for (const stop of stops) stop();
      store.close();
    };
  }, [client, store]);

  return { store, enter };
}
