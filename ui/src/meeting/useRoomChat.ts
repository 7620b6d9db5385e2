import { useChat, useRoomContext, type ReceivedChatMessage } from "@livekit/components-react";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";

import { authorName, isHistory } from "../chat/authors";
import { once, takeEarlyChat } from "../chat/earlyChat";
import { useNotices } from "../interface/notices";

interface RoomChat {
  messages: readonly ReceivedChatMessage[];
  /** Messages that came while the chat was closed. */
  unread: number;
  send: (text: string) => Promise<void>;
}

/** The room's chat (text streams with topic `lk.chat`). It listens from the start, whether the panel is open or not. */
export function useRoomChat(open: boolean): RoomChat {
  const room = useRoomContext();
  // In this order: `useChat` registers for the room's texts.
  const [early] = useState(() => takeEarlyChat(room));
  const { chatMessages: since, send } = useChat();
  const [before, setBefore] = useState<readonly ReceivedChatMessage[]>([]);
  useEffect(() => void early.then(setBefore), [early]);
  const chatMessages = useMemo(() => once([...before, ...since]), [before, since]);
  const { notify } = useNotices();
  const [read, setRead] = useState(0);
  const announced = useRef(0);

  useEffect(() => {
    for (const message of chatMessages.slice(announced.current)) {
      if (!open && !message.from?.isLocal && !isHistory(message)) {
        notify(`${authorName(message)}: ${excerpt(message.message)}`);
      }
    }
    announced.current = chatMessages.length;
  }, [chatMessages, open, notify]);

  if (open && read !== chatMessages.length) setRead(chatMessages.length);

  const sendOrTell = useCallback(
    async (text: string) => {
      try {
        await send(text);
      } catch (error) {
        notify("The message could not be sent. Try again.", "trouble");
        throw error;
      }
    },
    [send, notify],
  );
  return { messages: chatMessages, unread: open ? 0 : chatMessages.slice(read).filter((message) => !isHistory(message)).length, send: sendOrTell };
}

function excerpt(text: string): string {
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
