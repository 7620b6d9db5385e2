import { ChatComposer } from "../chat/ChatComposer";
import { LineList } from "../chat/LineList";
import { SidePanel } from "../interface/SidePanel";
import type { Call } from "./call";
import type { CallStore } from "./CallStore";
import { useServiceAsking } from "./useServiceAsking";

/** Longest message, characters (specs/monibuca-rooms.md §3.3). */
const LIMIT = 500;

interface CallChatProps {
  id: string;
  store: CallStore;
  call: Call;
  onClose: () => void;
}

/** What the two write to each other. */
export function CallChat({ id, store, call, onClose }: CallChatProps) {
  const ask = useServiceAsking();
  const send = async (content: string) => {
    if (!(await ask(store.client.request("chat", { content })))) throw new Error("not sent"); // The text stays in the field.
  };
  return (
    <SidePanel id={id} title="Chat" onClose={onClose}>
      <LineList lines={call.lines} self={call.self.user_id} />
      <ChatComposer writable={!call.self.chat_muted} limit={LIMIT} placeholder="Write a message" onSend={send} />
    </SidePanel>
  );
}
