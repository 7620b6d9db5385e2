import { useSyncExternalStore } from "react";

import type { Envelope } from "../roomclient/messages";
import type { RoomNow, RoomStore } from "../roomclient/RoomStore";

export function useRoomStore<Message extends Envelope, State>(store: RoomStore<Message, State>): RoomNow<State> {
  return useSyncExternalStore(store.subscribe, store.snapshot);
}

/** Of a room that one may not be in. */
export function useRoomStoreIfAny<Message extends Envelope, State>(store: RoomStore<Message, State> | undefined): RoomNow<State> | undefined {
  return useSyncExternalStore(store?.subscribe ?? nothingChanges, () => store?.snapshot());
}

const nothingChanges = () => () => undefined;
