import { useAskingWith } from "../interface/useAsking";
import { Code } from "../roomclient/codes";

/** What the server refuses, in the words of a live room; for all else its own message is good. */
const REFUSALS: Readonly<Record<number, string>> = {
  [Code.RateLimited]: "Slow down a little: that was too much at once.",
  [Code.ChatMuted]: "You may not write at the moment.",
  [Code.ContentRejected]: "This text is not allowed here.",
  [Code.UserNotFound]: "That person is not here any more.",
  [Code.TargetBusy]: "That is taken already: somebody is on the mic, or in a PK.",
};

/** Ask the server for something, and tell the visitor if it says no. Resolves to whether it said yes. */
export function useAsking(): (asked: Promise<unknown>) => Promise<boolean> {
  return useAskingWith(REFUSALS);
}
