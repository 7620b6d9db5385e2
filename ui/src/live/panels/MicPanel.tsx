import { useState } from "react";

import { DeviceChoice } from "../../devices/DeviceChoice";
import { SidePanel } from "../../interface/SidePanel";
import { Preview } from "../../join/Preview";
import type { PreviewState } from "../../join/usePreview";
import type { Preferences } from "../../session/preferences";
import { useAsking } from "../asking";
import type { MicMedia } from "../messages";
import type { Show } from "../show";
import type { ShowStore } from "../ShowStore";

interface MicPanelProps {
  id: string;
  store: ShowStore;
  show: Show;
  preview: PreviewState;
  onPreferences: (change: Partial<Preferences>) => void;
  onAsking: (media: MicMedia) => void;
  onClose: () => void;
}

/** For a viewer: look into the mirror, then ask to come on, or take up an invitation. */
export function MicPanel({ id, store, show, preview, onPreferences, onAsking, onClose }: MicPanelProps) {
  const [media, setMedia] = useState<MicMedia>("video");
  const choose = (chosen: MicMedia) => {
    setMedia(chosen);
    onAsking(chosen);
  };
  return (
    <SidePanel id={id} title="Join the show" onClose={onClose}>
      <div className="panel-sections" data-testid="mic-state" data-mic={show.mic.at}>
        {show.mic.at !== "on" && (
          <>
            <Preview
              preview={preview}
              name={show.self.user_name}
              disabled={false}
              onCamera={(cameraOn) => {
                onPreferences({ cameraOn });
                choose("video");
              }}
              onMicrophone={(microphoneOn) => onPreferences({ microphoneOn })}
            />
            <DeviceChoice preview={preview} onPreferences={onPreferences} />
          </>
        )}
        <MicStep store={store} show={show} media={media} onMedia={choose} />
      </div>
    </SidePanel>
  );
}

interface MicStepProps {
  store: ShowStore;
  show: Show;
  media: MicMedia;
  onMedia: (media: MicMedia) => void;
}

function MicStep({ store, show, media, onMedia }: MicStepProps) {
  const ask = useAsking();
  const { client } = store;
  const request = async (wanted: MicMedia) => {
    onMedia(wanted);
    if (await ask(client.request("link_mic_request", { media: wanted }))) {
      // The streamer may have been faster than this answer.
      store.update((current) => (current.mic.at === "idle" ? { ...current, mic: { at: "requested", media: wanted } } : current));
    }
  };
  const cancel = async () => {
    if (await ask(client.request("link_mic_cancel"))) store.update((current) => ({ ...current, mic: { at: "idle" } }));
  };
  switch (show.mic.at) {
    case "requested":
      return (
        <>
          <p role="status">You have asked to come on. The streamer has half a minute to answer.</p>
          <button className="button" onClick={() => void cancel()} data-testid="cancel-mic">
            Take it back
          </button>
        </>
      );
    case "invited":
      return <p role="status">The streamer invites you: see the card over the picture.</p>;
    case "on":
      return (
        <>
          <p role="status">Everybody sees and hears you.</p>
          <button className="button" onClick={() => void ask(client.request("link_mic_end"))} data-testid="end-mic">
            Leave the mic
          </button>
        </>
      );
    default: {
      const living = show.live.status === "Living";
      return (
        <>
          <p className="hint">{living ? "The streamer decides whom to let in." : "Nobody can come on while the show is paused."}</p>
          <div className="button-row">
            <button className="button accent" disabled={!living} onClick={() => void request(media)} data-testid="ask-mic">
              Ask to join
            </button>
            <button className="button" disabled={!living} onClick={() => void request("audio")} data-testid="ask-mic-audio">
              With voice only
            </button>
          </div>
        </>
      );
    }
  }
}
