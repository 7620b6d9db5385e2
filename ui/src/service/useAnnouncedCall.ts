import { useEffect } from "react";

import { useNotices, type Tone } from "../interface/notices";
import type { CallStore } from "./CallStore";
import type { CallMessage } from "./messages";

/** Say what happens to a call, to whichever of the two. */
export function useAnnouncedCall(store: CallStore): void {
  const { notify } = useNotices();
  useEffect(
    () =>
      store.client.onMessage((message) => {
        const state = store.snapshot().state;
        const words = wordsFor(message, state?.self.role === "customer", state?.self.user_id);
        if (words !== undefined) notify(...words);
      }),
    [store, notify],
  );
}

function wordsFor(message: CallMessage, isCustomer: boolean, self: string | undefined): [string, Tone?] | undefined {
  switch (message.action) {
    case "chat":
      return message.user_id === self ? undefined : [`${message.user_name}: ${message.content.slice(0, 80)}`];
    case "call_transferring":
      return [isCustomer ? `You are being handed over to ${message.to_agent.name}` : `Calling ${message.to_agent.name}`];
    case "transfer_failed":
      return isCustomer ? undefined : [`${message.to_agent.name} did not take the call`, "trouble"];
    case "call_transferred":
      return isCustomer ? [`${message.to_agent.name} has your call now`] : undefined;
    case "call_requeued":
      return ["Your agent's connection was lost. You are the next to be served.", "trouble"];
    case "session_expiring":
      return [`This call ends in ${message.remaining} seconds`, "trouble"];
    case "force_mute":
      return message.user_id === self && message.on ? [`Your ${message.kind} was turned off`] : undefined;
    default:
      return undefined;
  }
}
