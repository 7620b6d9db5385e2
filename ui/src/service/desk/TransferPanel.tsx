import { useState } from "react";

import { SidePanel } from "../../interface/SidePanel";
import { hueOf, initials } from "../../tiles/initials";
import { useServiceAsking } from "../useServiceAsking";
import { colleagues, type Workplace } from "./workplace";
import type { WorkplaceClient } from "./WorkplaceClient";

interface TransferPanelProps {
  id: string;
  client: WorkplaceClient;
  workplace: Workplace;
  sessionId: string;
  onClose: () => void;
}

/** To whom the call can go, with a word for them. */
export function TransferPanel({ id, client, workplace, sessionId, onClose }: TransferPanelProps) {
  const [note, setNote] = useState("");
  const ask = useServiceAsking();
  const others = colleagues(workplace);
  const transfer = async (agentId: string) => {
    if (await ask(client.request("transfer_call", { session_id: sessionId, target_agent_id: agentId, note: note.trim() }))) onClose();
  };
  return (
    <SidePanel id={id} title="Hand the call over" onClose={onClose}>
      <div className="panel-sections">
        <div className="field">
          <label htmlFor="transfer-note">A word for your colleague</label>
          <input id="transfer-note" data-testid="transfer-note" data-autofocus maxLength={500} value={note} onChange={(event) => setNote(event.target.value)} />
        </div>
        {others.length === 0 && <p className="hint">You are the only agent.</p>}
        <ul className="guests">
          {others.map((agent) => (
            <li key={agent.id} className="guest" data-testid="colleague" data-state={agent.state}>
              <span className="person-monogram" style={{ "--hue": hueOf(agent.id) }} aria-hidden="true">
                {initials(agent.name)}
              </span>
              <span className="guest-words">
                <strong dir="auto">{agent.name}</strong>
                <span className="hint">{agent.state === "Ready" ? "ready" : agent.state === "Offline" ? "offline" : agent.state === "Online" ? "away" : "on a call"}</span>
              </span>
              {agent.state === "Ready" && (
                <button type="button" className="button small accent" onClick={() => void transfer(agent.id)} data-testid="transfer-to">
                  Hand over
                </button>
              )}
            </li>
          ))}
        </ul>
      </div>
    </SidePanel>
  );
}
