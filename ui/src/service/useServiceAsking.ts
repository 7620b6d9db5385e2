import { useAskingWith } from "../interface/useAsking";
import { Code } from "../roomclient/codes";

/** What the server refuses, in the words of a call; for all else its own message is good. */
const REFUSALS: Readonly<Record<number, string>> = {
  [Code.RateLimited]: "Slow down a little: that was too much at once.",
  [Code.TargetBusy]: "That agent cannot take a call at the moment.",
};

/** Ask the server for something, and tell the visitor if it says no. Resolves to whether it said yes. */
export function useServiceAsking(): (asked: Promise<unknown>) => Promise<boolean> {
  return useAskingWith(REFUSALS);
}
