import type { ReceivedChatMessage } from "@livekit/components-react";

import { authorName } from "./authors";
import { ChatText } from "./ChatText";

/** Messages of one sender within this time stand under one name, milliseconds. */
const SAME_BREATH = 120_000;
const CLOCK = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });

interface ChatEntryProps {
  message: ReceivedChatMessage;
  previous: ReceivedChatMessage | undefined;
}

export function ChatEntry({ message, previous }: ChatEntryProps) {
  const continues = previous !== undefined && authorName(previous) === authorName(message) && previous.from?.identity === message.from?.identity && message.timestamp - previous.timestamp < SAME_BREATH;
  const own = message.from?.isLocal ?? false;
  const sent = new Date(message.timestamp);
  return (
    <div className="chat-entry" data-testid="chat-message" data-own={own} data-from={message.from?.identity ?? ""} data-continues={continues}>
      {!continues && (
        <p className="chat-sender">
          <strong dir="auto">{own ? "You" : authorName(message)}</strong>
          <time dateTime={sent.toISOString()}>{CLOCK.format(sent)}</time>
        </p>
      )}
      <p className="chat-text" dir="auto" data-testid="chat-text">
        <ChatText message={message.message} />
      </p>
    </div>
  );
}
