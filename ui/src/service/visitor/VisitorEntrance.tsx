import { useState } from "react";

import { DeviceChoice } from "../../devices/DeviceChoice";
import { EntranceForm } from "../../join/EntranceForm";
import { Preview } from "../../join/Preview";
import type { PreviewState } from "../../join/usePreview";
import type { JoinFailure } from "../../session/joinFailure";
import type { Preferences } from "../../session/preferences";

interface VisitorEntranceProps {
  /** The link says who it is. */
  invited: boolean;
  name: string;
  preview: PreviewState;
  entering: boolean;
  failure: JoinFailure | undefined;
  onPreferences: (change: Partial<Preferences>) => void;
  onEnter: (name: string) => void;
}

/** Before the call: the name, and a look into the mirror. Nobody sees anything before an agent answers. */
export function VisitorEntrance({ invited, name: initialName, preview, entering, failure, onPreferences, onEnter }: VisitorEntranceProps) {
  const [name, setName] = useState(initialName);
  return (
    <main className="page prejoin" data-testid="visitor-entrance">
      <Preview
        preview={preview}
        name={name}
        disabled={entering}
        onCamera={(cameraOn) => onPreferences({ cameraOn })}
        onMicrophone={(microphoneOn) => onPreferences({ microphoneOn })}
      />
      <EntranceForm
        heading={<h1>Talk to us</h1>}
        name={name}
        {...(!invited && { onName: setName })}
        entering={entering}
        failure={failure}
        onSubmit={() => onEnter(name.trim())}
        submit="Call"
      >
        <p className="hint">You need no account. With the camera off it is a call by voice.</p>
        <div className="prejoin-devices">
          <DeviceChoice preview={preview} onPreferences={onPreferences} />
        </div>
      </EntranceForm>
    </main>
  );
}
