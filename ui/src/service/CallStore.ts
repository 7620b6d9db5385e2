import { RoomClient } from "../roomclient/RoomClient";
import { RoomStore } from "../roomclient/RoomStore";
import { sameOriginServer } from "../session/tokenSource";
import { callAfter, joinedCall, type Call } from "./call";
import type { CallMessage } from "./messages";

/** What a page shows of a call. */
export class CallStore extends RoomStore<CallMessage, Call> {
  /** Who it is, the token says. */
  constructor(
    readonly sessionId: string,
    token: string,
  ) {
    const serverUrl = sameOriginServer(window.location.origin);
    const ticket = { serverUrl, roomId: sessionId, roomType: "customer_service", userId: "me", userName: "", token };
    super(new RoomClient<CallMessage>(ticket), { joined: joinedCall, after: callAfter });
  }
}

/** Join a call. @throws RoomError */
export async function joinCall(sessionId: string, token: string): Promise<CallStore> {
  const store = new CallStore(sessionId, token);
  try {
    await store.client.join();
  } catch (error) {
    store.close();
    throw error;
  }
  return store;
}
