import { Logo } from "../../interface/Logo";
import { RecordingSign } from "../../interface/RecordingSign";
import { useRoomStoreIfAny } from "../../roommedia/useRoomStore";
import { CallClock } from "../CallClock";
import type { CallStore } from "../CallStore";
import type { AgentState } from "../messages";
import { useServiceAsking } from "../useServiceAsking";
import { otherOf } from "../call";
import type { Workplace } from "./workplace";
import type { WorkplaceClient } from "./WorkplaceClient";

const WORDS: Readonly<Record<AgentState, string>> = { Offline: "Offline", Online: "Away", Ready: "Ready", Ringing: "Ringing", Busy: "On a call" };

interface DeskHeaderProps {
  client: WorkplaceClient;
  workplace: Workplace;
  store: CallStore | undefined;
}

/** Who one is, in which state, and with whom. */
export function DeskHeader({ client, workplace: { me }, store }: DeskHeaderProps) {
  const ask = useServiceAsking();
  const call = useRoomStoreIfAny(store)?.state;
  const ready = me.state === "Ready";
  const set = (state: string) => void ask(client.request("set_state", { state }));
  return (
    <header className="meeting-header">
      <Logo />
      <span className="live-badge" data-testid="agent-state" data-status={me.state} role="status">
        {WORDS[me.state]}
      </span>
      <div className="live-names">
        <h1 className="meeting-name" dir="auto">
          {call === undefined ? me.name : (otherOf(call)?.user_name ?? me.name)}
        </h1>
        {call !== undefined && (
          <span className="meeting-count" dir="auto">
            {call.title}
          </span>
        )}
      </div>
      {call?.room.recording === true && <RecordingSign />}
      {call?.since !== undefined && <CallClock since={call.since} />}
      {(ready || me.state === "Online") && (
        <button type="button" className={ready ? "button small" : "button small accent"} onClick={() => set(ready ? "busy" : "ready")} data-testid={ready ? "set-away" : "set-ready"}>
          {ready ? "Take a break" : "Ready for calls"}
        </button>
      )}
      {me.state === "Busy" && (
        <button type="button" className="button small quiet" onClick={() => set("busy")} data-testid="break-after">
          Break after this call
        </button>
      )}
    </header>
  );
}
