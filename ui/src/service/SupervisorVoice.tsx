import { usePlayer } from "../roommedia/media";
import { Sound } from "../roommedia/Sound";
import type { CallStore } from "./CallStore";

/** Somebody speaks who is not seen; that somebody does is. */
export function SupervisorVoice({ store, url }: { store: CallStore; url: string }) {
  const { stream, state } = usePlayer(store, url);
  return (
    <p className="banner" data-shown="true" role="status" data-testid="supervisor-speaks">
      A supervisor speaks to you.
      <Sound stream={state === "live" ? stream : undefined} label="the supervisor" />
    </p>
  );
}
