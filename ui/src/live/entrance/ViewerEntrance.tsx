import { useState } from "react";

import { CopyInvite } from "../../interface/CopyInvite";
import { EntranceForm } from "../../join/EntranceForm";
import type { EntranceProps } from "./entranceProps";

/** One question before the show: the name. The button is also the touch without which browsers play no sound. */
export function ViewerEntrance({ room, name: initialName, onEnter, onStudio, ...form }: EntranceProps & { onStudio: () => void }) {
  const [name, setName] = useState(initialName);
  const shown = form.nameFixed ? initialName : name;
  return (
    <main className="page page-narrow" data-testid="viewer-entrance">
      <EntranceForm
        {...form}
        heading={
          <h1>
            Watch <span className="room-word" dir="auto">{room}</span>
          </h1>
        }
        name={shown}
        onName={setName}
        onSubmit={() => onEnter(shown.trim(), "")}
        submit="Watch"
        after={
          <>
            <CopyInvite room={room} door="live" />
            <button type="button" className="button quiet" onClick={onStudio} data-testid="go-to-studio">
              This is my show
            </button>
          </>
        }
      />
    </main>
  );
}
