import { useConnectionState, useRoomContext } from "@livekit/components-react";
import { RoomEvent, type SimulationScenario } from "livekit-client";
import { useEffect, useState } from "react";

import { SidePanel } from "../interface/SidePanel";

/** What can be made to happen to one's own connection, in the names of `Room.simulateScenario` (livekit-client). */
const SCENARIOS: readonly (readonly [SimulationScenario, string])[] = [
  ["signal-reconnect", "Lose the signal connection"],
  ["resume-reconnect", "Lose it, and once more on the way back"],
  ["disconnect-signal-on-resume", "Be hung up on after resuming"],
  ["disconnect-signal-on-resume-no-messages", "Be hung up on while resuming"],
  ["full-reconnect", "Reconnect from the start"],
  ["leave-full-reconnect", "Be told to reconnect from the start"],
  ["node-failure", "The server fails"],
  ["migration", "Move to another server"],
  ["force-tcp", "Media over TCP alone"],
  ["force-tls", "Media over TURN with TLS alone"],
  ["speaker", "Seem to speak for 3 seconds"],
  ["subscriber-bandwidth", "Receive at 150 kbit/s"],
  ["server-leave", "The server closes: leaves the room"],
];

/** Bits per second. */
const SUBSCRIBER_BANDWIDTH = 150_000;

/** Faults on request, for those who try what a bad network or server does: shown where the address says `?debug`. */
export function DebugPanel({ id, onClose }: { id: string; onClose: () => void }) {
  const room = useRoomContext();
  const state = useConnectionState();
  const [last, setLast] = useState("");
  const [repairs, setRepairs] = useState(0);

  useEffect(() => {
    const repaired = () => setRepairs((count) => count + 1);
    room.on(RoomEvent.Reconnected, repaired);
    return () => void room.off(RoomEvent.Reconnected, repaired);
  }, [room]);

  const simulate = async (scenario: SimulationScenario) => {
    setLast(`${scenario}…`);
    try {
      await room.simulateScenario(scenario, scenario === "subscriber-bandwidth" ? SUBSCRIBER_BANDWIDTH : undefined);
      setLast(scenario);
    } catch (error) {
      setLast(`${scenario}: ${error instanceof Error ? error.message : String(error)}`);
    }
  };

  return (
    <SidePanel id={id} title="Faults to try" onClose={onClose}>
      <div className="panel-sections">
        <p>They happen to your own connection alone.</p>
        <div className="button-row">
          {SCENARIOS.map(([scenario, label]) => (
            <button key={scenario} type="button" className="button small" onClick={() => void simulate(scenario)} data-testid={`simulate-${scenario}`}>
              {label}
            </button>
          ))}
        </div>
        <p role="status" data-testid="simulated">{last}</p>
        <p data-testid="own-connection" data-sid={room.localParticipant.sid} data-repairs={repairs}>
          You are {room.localParticipant.sid}, {state}; repaired {repairs === 1 ? "once" : `${repairs} times`}.
        </p>
      </div>
    </SidePanel>
  );
}
