import { RoomError } from "../roomclient/errors";
import type { RoomClient } from "../roomclient/RoomClient";
import type { LiveMessage } from "./messages";

/** How long a gift waits for the connection to come back, milliseconds. */
const PATIENCE = 15_000;

/**
 * Send one gift, and once more if no answer came: the server knows it by its `request_id`, and counts it once.
 *
 * @throws RoomError
 */
export async function sendGift(client: RoomClient<LiveMessage>, giftId: string): Promise<void> {
  const gift = { gift_id: giftId, count: 1, request_id: requestId() };
  try {
    await client.request("send_gift", gift);
  } catch (error) {
    if (!(error instanceof RoomError) || (error.word !== "timeout" && error.word !== "disconnected")) throw error;
    await untilJoined(client);
    await client.request("send_gift", gift);
  }
}

/** `crypto.randomUUID` would be missing on pages that came over plain http. */
function requestId(): string {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join("-");
}

function untilJoined(client: RoomClient<LiveMessage>): Promise<void> {
  if (client.status.at === "joined") return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      stop();
      resolve(); // Joined or not: the next request says.
    };
    const timer = setTimeout(done, PATIENCE);
    const stop = client.onStatus((status) => {
      if (status.at !== "reconnecting") done();
    });
  });
}
