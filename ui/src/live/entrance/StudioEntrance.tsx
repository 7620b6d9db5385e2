import { useState } from "react";

import { DeviceChoice } from "../../devices/DeviceChoice";
import { CopyInvite } from "../../interface/CopyInvite";
import { Preview } from "../../join/Preview";
import type { PreviewState } from "../../join/usePreview";
import type { Preferences } from "../../session/preferences";
import { EntranceForm } from "../../join/EntranceForm";
import type { EntranceProps } from "./entranceProps";

interface StudioEntranceProps extends EntranceProps {
  preview: PreviewState;
  onPreferences: (change: Partial<Preferences>) => void;
}

/** The streamer's look into the mirror; nobody sees anything before the show is started. */
export function StudioEntrance({ room, name: initialName, onEnter, preview, onPreferences, ...form }: StudioEntranceProps) {
  const [name, setName] = useState(initialName);
  const [title, setTitle] = useState("");
  const shown = form.nameFixed ? initialName : name;
  return (
    <main className="page prejoin" data-testid="studio-entrance">
      <Preview
        preview={preview}
        name={shown}
        disabled={form.entering}
        onCamera={(cameraOn) => onPreferences({ cameraOn })}
        onMicrophone={(microphoneOn) => onPreferences({ microphoneOn })}
      />
      <EntranceForm
        {...form}
        heading={
          <h1>
            Studio of <span className="room-word" dir="auto">{room}</span>
          </h1>
        }
        name={shown}
        onName={setName}
        onSubmit={() => onEnter(shown.trim(), title.trim() || room)}
        submit="Enter the studio"
        after={<CopyInvite room={room} door="live" />}
      >
        <div className="field">
          <label htmlFor="live-title">Title of the show</label>
          <input id="live-title" data-testid="live-title" maxLength={128} placeholder={room} value={title} onChange={(event) => setTitle(event.target.value)} />
        </div>
        <div className="prejoin-devices">
          <DeviceChoice preview={preview} onPreferences={onPreferences} />
        </div>
      </EntranceForm>
    </main>
  );
}
