import type { ReceivedChatMessage } from "@livekit/components-react";
import type { Room } from "livekit-client";

type Author = (identity: string) => ReceivedChatMessage["from"];

/** What is needed of a text stream of livekit-client. */
interface Text {
  readonly info: { readonly id: string; readonly timestamp: number; readonly attributes?: Record<string, string> | undefined };
  readAll(): Promise<string>;
}

/** The topic of the room's chat, as LiveKit's components have it. */
const TOPIC = "lk.chat";

const waiting = new WeakMap<Room, () => Promise<ReceivedChatMessage[]>>();

/**
 * Keep what is written from now on until somebody asks for it. To be called before connecting: what was written before one
 * came is told at once, sooner than any component is there to hear it.
 */
export function keepEarlyChat(room: Room): void {
  const texts: [Text, string][] = [];
  room.registerTextStreamHandler(TOPIC, (text, { identity }) => void texts.push([text, identity]));
  let taken: Promise<ReceivedChatMessage[]> | undefined;
  waiting.set(room, () => {
    if (taken === undefined) {
      room.unregisterTextStreamHandler(TOPIC);
      taken = read(texts, (identity) => room.getParticipantByIdentity(identity));
    }
    return taken;
  });
}

/** What was kept, the same each time. From the first time on the room's texts are whoever's registers for them. */
export function takeEarlyChat(room: Room): Promise<ReceivedChatMessage[]> {
  return waiting.get(room)?.() ?? Promise.resolve([]);
}

/** Messages without those that came before under the same id: a connection that is made anew is told again. */
export function once(messages: readonly ReceivedChatMessage[]): ReceivedChatMessage[] {
  const ids = new Set<string>();
  return messages.filter(({ id }) => !ids.has(id) && ids.add(id));
}

/** Texts that did not arrive whole are left out. */
async function read(texts: readonly [Text, string][], author: Author): Promise<ReceivedChatMessage[]> {
  const results = await Promise.allSettled(
    texts.map(async ([text, identity]): Promise<ReceivedChatMessage> => {
      const { id, timestamp, attributes } = text.info;
      const from = author(identity);
      const message = await text.readAll();
      return { id, timestamp, message, type: "chatMessage", ...(from && { from }), ...(attributes && { attributes }) };
    }),
  );
  return results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
}
