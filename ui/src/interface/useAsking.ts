import { RoomError } from "../roomclient/errors";
import { useNotices } from "./notices";

/**
 * Ask the server for something, and tell the visitor if it says no. Resolves to whether it said yes.
 *
 * `words` are for refusals, by code; for all others the server's own message is good.
 */
export function useAskingWith(words: Readonly<Record<number, string>>): (asked: Promise<unknown>) => Promise<boolean> {
  const { notify } = useNotices();
  return async (asked) => {
    try {
      await asked;
      return true;
    } catch (error) {
      const code = error instanceof RoomError ? error.code : 0;
      notify(words[code] ?? (error instanceof Error ? error.message : String(error)), "trouble");
      return false;
    }
  };
}
