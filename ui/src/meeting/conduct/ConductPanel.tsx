import { useState } from "react";

import { ConfirmDialog } from "../../interface/ConfirmDialog";
import { SidePanel } from "../../interface/SidePanel";
import { AgendaSection } from "./AgendaSection";
import { BreakoutSection } from "./BreakoutSection";
import { conducts } from "./meeting";
import { MinutesSection } from "./MinutesSection";
import type { Conduct } from "./useConduct";

interface ConductPanelProps {
  id: string;
  conduct: Conduct;
  onClose: () => void;
}

/** The meeting as such: its agenda for everybody, and for hosts all that makes it begin, go on and end. */
export function ConductPanel({ id, conduct, onClose }: ConductPanelProps) {
  const { meeting } = conduct;
  return (
    <SidePanel id={id} title={meeting.title || "Meeting"} onClose={onClose}>
      <div className="panel-sections">
        {conducts(meeting) && <Course {...conduct} />}
        <AgendaSection {...conduct} />
        {conducts(meeting) && <Switches {...conduct} />}
        <BreakoutSection {...conduct} />
        <MinutesSection meeting={meeting} />
      </div>
    </SidePanel>
  );
}

/** Start, pause, go on, put off the end, end. */
function Course({ meeting, act }: Conduct) {
  const [ending, setEnding] = useState(false);
  const { status } = meeting;
  const isHost = meeting.self.role === "host" || meeting.self.role === "admin";
  const underWay = status === "Active" || status === "Paused";
  return (
    <section className="button-row" aria-label="Course of the meeting">
      {(status === "Scheduled" || status === "Starting") && (
        <button type="button" className="button small accent" onClick={() => void act("start_meeting")} data-testid="start-meeting">
          Start the meeting
        </button>
      )}
      {status === "Active" && (
        <button type="button" className="button small" onClick={() => void act("pause_meeting")} data-testid="pause-meeting">
          Pause
        </button>
      )}
      {status === "Paused" && (
        <button type="button" className="button small accent" onClick={() => void act("resume_meeting")} data-testid="resume-meeting">
          Go on
        </button>
      )}
      {underWay && isHost && meeting.time.max_duration > 0 && (
        <button type="button" className="button small" onClick={() => void act("extend_meeting", { seconds: 900, request_id: crypto.getRandomValues(new Uint32Array(2)).join("-") })} data-testid="extend-meeting">
          15 minutes more
        </button>
      )}
      {isHost && (
        <button type="button" className="button small danger" onClick={() => setEnding(true)} data-testid="end-meeting">
          End for all
        </button>
      )}
      {ending && (
        <ConfirmDialog
          title="End the meeting?"
          detail="Everybody leaves. You can read the minutes and who was there afterwards."
          action="End for all"
          onCancel={() => setEnding(false)}
          onConfirm={() => {
            setEnding(false);
            void act("end_meeting");
          }}
        />
      )}
    </section>
  );
}

/** What is on or off: lock, lobby, recording, transcript. */
function Switches({ meeting, act }: Conduct) {
  const { room, recording, transcribes, status } = meeting;
  const active = status === "Active";
  return (
    <section aria-label="Switches">
      <Switch label="Locked: nobody else comes in" on={room.locked} onChange={(locked) => void act("lock_room", { locked })} testId="switch-lock" />
      <Switch label="Lobby: you let people in" on={room.lobby_enabled} onChange={(enabled) => void act("toggle_lobby", { enabled })} testId="switch-lobby" />
      <Switch label="Record" on={recording} disabled={!active && !recording} onChange={(on) => void act(on ? "start_recording" : "stop_recording")} testId="switch-recording" />
      <Switch
        label="Transcript and captions"
        on={transcribes}
        disabled={!active && !transcribes}
        onChange={(on) => void act(on ? "start_transcription" : "stop_transcription")}
        testId="switch-transcription"
      />
      <button type="button" className="button small" onClick={() => void act("mute_participant", { user_id: "*" })} data-testid="mute-all">
        Mute everybody
      </button>
      <button type="button" className="button small" onClick={() => void act("unmute_participant", { user_id: "*" })} data-testid="unmute-all">
        Let everybody speak
      </button>
    </section>
  );
}

interface SwitchProps {
  label: string;
  on: boolean;
  disabled?: boolean;
  onChange: (on: boolean) => void;
  testId: string;
}

function Switch({ label, on, disabled = false, onChange, testId }: SwitchProps) {
  return (
    <label className="switch">
      <input type="checkbox" role="switch" checked={on} disabled={disabled} onChange={(event) => onChange(event.target.checked)} data-testid={testId} data-on={on} />
      {label}
    </label>
  );
}
