import type { ReceivedChatMessage } from "@livekit/components-react";
import type { Room } from "livekit-client";
import { describe, expect, it } from "vitest";

import { keepEarlyChat, once, takeEarlyChat } from "./earlyChat";

type Handler = (text: object, from: { identity: string }) => void;

/** A room whose streams a test sends. */
function aRoom() {
  const handlers = new Map<string, Handler>();
  const room = {
    registerTextStreamHandler: (topic: string, handler: Handler) => void handlers.set(topic, handler),
    unregisterTextStreamHandler: (topic: string) => void handlers.delete(topic),
    getParticipantByIdentity: (identity: string) => (identity === "ann" ? { identity } : undefined),
  };
  return { room: room as unknown as Room, handlers };
}

function text(id: string, message: string | undefined) {
  const readAll = () => (message === undefined ? Promise.reject(new Error("gone")) : Promise.resolve(message));
  return { info: { id, timestamp: 5, attributes: { "roomful.history": "true" } }, readAll };
}

describe("early chat", () => {
  it("is kept until it is asked for, and then told as often as one likes", async () => {
    const { room, handlers } = aRoom();
    keepEarlyChat(room);
    handlers.get("lk.chat")?.(text("1", "hello"), { identity: "ann" });
    handlers.get("lk.chat")?.(text("2", "bye"), { identity: "gone" });
    const messages = await takeEarlyChat(room);
    expect(messages.map(({ id, message, from }) => [id, message, from?.identity])).toEqual([
      ["1", "hello", "ann"],
      ["2", "bye", undefined],
    ]);
    expect(await takeEarlyChat(room)).toBe(messages);
    expect(handlers.size).toBe(0);
  });

  it("leaves out what did not arrive whole", async () => {
    const { room, handlers } = aRoom();
    keepEarlyChat(room);
    handlers.get("lk.chat")?.(text("1", undefined), { identity: "ann" });
    handlers.get("lk.chat")?.(text("2", "hello"), { identity: "ann" });
    expect((await takeEarlyChat(room)).map(({ id }) => id)).toEqual(["2"]);
  });

  it("is nothing where nobody kept it", async () => {
    expect(await takeEarlyChat(aRoom().room)).toEqual([]);
  });

  it("shows each message once", () => {
    const messages = ["1", "2", "1"].map((id): ReceivedChatMessage => ({ id, timestamp: 0, message: "", type: "chatMessage" }));
    expect(once(messages)).toEqual(messages.slice(0, 2));
  });
});
