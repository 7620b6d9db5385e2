import { useEffect } from "react";

import { useNotices } from "../interface/notices";
import type { LiveMessage } from "./messages";
import type { ShowStore } from "./ShowStore";

/** Say what happened to one's own requests, and what a streamer should not miss. */
export function useAnnouncedShow(store: ShowStore): void {
  const { notify } = useNotices();
  useEffect(
    () =>
      store.client.onMessage((message) => {
        const words = wordsFor(message, store.snapshot().state?.self.user_id);
        if (words !== undefined) notify(words);
      }),
    [store, notify],
  );
}

function wordsFor(message: LiveMessage, self: string | undefined): string | undefined {
  switch (message.action) {
    case "link_mic_requested":
      return `${message.user.user_name} asks to join you`;
    case "link_mic_accepted":
      return message.user_id === self ? "You are on: everybody sees and hears you" : undefined;
    case "link_mic_rejected":
      return "The answer was no, this time";
    case "link_mic_timeout":
      return "Nobody answered in time";
    case "link_mic_ended":
      return message.user_id === self ? "You are off the mic" : undefined;
    case "pk_rejected":
      return "The other streamer declined the PK";
    case "pk_timeout":
      return "The other streamer did not answer";
    case "chat_muted":
      return message.user_id === self ? "You may not write for now" : undefined;
    case "chat_unmuted":
      return message.user_id === self ? "You may write again" : undefined;
    case "force_mute":
      return message.user_id === self && message.on ? `A moderator turned off your ${message.kind}` : undefined;
    default:
      return undefined;
  }
}
