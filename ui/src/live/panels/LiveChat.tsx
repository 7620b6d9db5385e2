import { useId, useState } from "react";

import { ChatComposer } from "../../chat/ChatComposer";
import { LineList } from "../../chat/LineList";
import { useAsking } from "../asking";
import { isModerator, type Show } from "../show";
import type { ShowStore } from "../ShowStore";

/** Longest texts, characters (specs/monibuca-rooms.md §3.3, §6.4). */
const CHAT_LIMIT = 500;
const DANMAKU_LIMIT = 100;

/** Everything that is written and given, and the field to write. */
export function LiveChat({ store, show }: { store: ShowStore; show: Show }) {
  const [over, setOver] = useState(true);
  const switchId = useId();
  const ask = useAsking();
  const { live, self, room, lines } = show;
  const asDanmaku = over && (live.status === "Living" || live.status === "Paused");
  const writable = !self.chat_muted && (!room.chat_muted_all || isModerator(show));

  const send = async (content: string) => {
    const request = asDanmaku ? store.client.request("send_danmaku", { content }) : store.client.request("chat", { content });
    if (!(await ask(request))) throw new Error("not sent"); // The text stays in the field.
  };
  return (
    <section className="side-panel live-chat" aria-label="Chat" data-testid="live-chat">
      <LineList lines={lines} self={self.user_id} />
      <div className="live-switch">
        <input type="checkbox" id={switchId} checked={over} onChange={(event) => setOver(event.target.checked)} data-testid="over-picture" />
        <label htmlFor={switchId}>Also over the picture</label>
      </div>
      <ChatComposer writable={writable} limit={asDanmaku ? DANMAKU_LIMIT : CHAT_LIMIT} placeholder="Say something" onSend={send} />
    </section>
  );
}
