import type { ReceivedChatMessage } from "@livekit/components-react";
import { useEffect, useRef } from "react";

import { SidePanel } from "../interface/SidePanel";
import { ChatComposer } from "./ChatComposer";
import { ChatEntry } from "./ChatEntry";

interface ChatPanelProps {
  id: string;
  messages: readonly ReceivedChatMessage[];
  /** False if the visitor may read but not write. */
  writable: boolean;
  onSend: (text: string) => Promise<void>;
  onClose: () => void;
}

/** Everybody's messages, those from before this visitor came as far as the room remembers them, and the field to write one. */
export function ChatPanel({ id, messages, writable, onSend, onClose }: ChatPanelProps) {
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    list.current?.scrollTo({ top: list.current.scrollHeight });
  }, [messages.length]);

  return (
    <SidePanel id={id} title="Chat" onClose={onClose}>
      {/* A region that scrolls must be reachable by keyboard. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div className="chat-messages" ref={list} role="log" aria-live="polite" aria-label="Messages" tabIndex={0}>
        {messages.length === 0 && <p className="hint">No messages yet. Everybody in the room sees what you write.</p>}
        {messages.map((message, index) => (
          <ChatEntry key={message.id} message={message} previous={messages[index - 1]} />
        ))}
      </div>
      <ChatComposer writable={writable} onSend={onSend} />
    </SidePanel>
  );
}
