import { useEffect, useState } from "react";

import { clock } from "../../interface/clock";
import { Icon } from "../../interface/Icon";
import { SidePanel } from "../../interface/SidePanel";
import type { AudioFile, CallSound, PlayedFile } from "../messages";
import { addAudioFile, audioFiles } from "../serviceApi";
import { useServiceAsking } from "../useServiceAsking";
import type { WorkplaceClient } from "./WorkplaceClient";

interface AudioPanelProps {
  id: string;
  client: WorkplaceClient;
  sound: CallSound;
  sessionId: string;
  onClose: () => void;
}

/** Sounds that the server mixes into one's voice, for the customer to hear. */
export function AudioPanel({ id, client, sound, sessionId, onClose }: AudioPanelProps) {
  const [files, setFiles] = useState<readonly AudioFile[]>();
  const [loop, setLoop] = useState(false);
  const [sending, setSending] = useState(false);
  const ask = useServiceAsking();
  const { token } = client;
  useEffect(() => {
    let wanted = true;
    void ask(audioFiles(token).then((found) => wanted && setFiles(found)));
    return () => void (wanted = false);
    // `ask` is another function at every drawing.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [token]);

  const upload = async (file: File | undefined) => {
    if (file === undefined) return;
    setSending(true);
    await ask(addAudioFile(file, token).then((added) => setFiles((known) => [...(known ?? []), added])));
    setSending(false);
  };
  const say = (action: string, fields: object) => void ask(client.request(action, { session_id: sessionId, ...fields }));
  return (
    <SidePanel id={id} title="Sounds for the customer" onClose={onClose}>
      <div className="panel-sections">
        <p className="hint">The customer hears them with your voice. You do not.</p>
        <ul className="guests">
          <li className="guest audio-played">
            <span className="guest-words">
              <strong>Your voice</strong>
              <Loudness volume={sound.microphone} label="Volume of your voice" testId="microphone-volume" onChange={(volume) => say("set_microphone", { volume })} />
            </span>
          </li>
          {sound.playing.map((file) => (
            <PlayedRow key={file.playback_id} file={file} say={say} />
          ))}
        </ul>
        {files?.length === 0 && <p className="hint">There are no sounds yet.</p>}
        <ul className="guests">
          {files?.map((file) => (
            <li key={file.id} className="guest" data-testid="audio-file">
              <span className="guest-words">
                <strong dir="auto">{file.name}</strong>
                {file.duration > 0 && <span className="hint">{clock(Math.ceil(file.duration))}</span>}
              </span>
              <button
                type="button"
                className="icon-button small"
                aria-label={`Play ${file.name}`}
                title="Play"
                data-testid="play-audio"
                onClick={() => say("play_audio_file", { file_id: file.id, loop })}
              >
                <Icon name="play" />
              </button>
            </li>
          ))}
        </ul>
        <label className="audio-option">
          <input type="checkbox" checked={loop} onChange={(event) => setLoop(event.target.checked)} data-testid="loop-audio" />
          Play again and again
        </label>
        <div className="field">
          <label htmlFor="audio-upload">{sending ? "Uploading…" : "Add a sound of yours (mp3, wav, ogg, m4a)"}</label>
          <input
            id="audio-upload"
            type="file"
            accept=".mp3,.wav,.ogg,.m4a,audio/*"
            disabled={sending}
            data-testid="audio-upload"
            onChange={(event) => void upload(event.target.files?.[0])}
          />
        </div>
      </div>
    </SidePanel>
  );
}

function PlayedRow({ file, say }: { file: PlayedFile; say: (action: string, fields: object) => void }) {
  const { playback_id, name, paused, volume } = file;
  return (
    <li className="guest audio-played" data-testid="audio-played" data-paused={paused}>
      <span className="guest-words">
        <strong dir="auto">{name}</strong>
        <Loudness volume={volume} label={`Volume of ${name}`} testId="audio-volume" onChange={(wanted) => say("set_audio_file", { playback_id, volume: wanted })} />
      </span>
      <button
        type="button"
        className="icon-button small"
        aria-label={`${paused ? "Go on with" : "Pause"} ${name}`}
        title={paused ? "Go on" : "Pause"}
        data-testid="pause-audio"
        onClick={() => say("set_audio_file", { playback_id, paused: !paused })}
      >
        <Icon name={paused ? "play" : "pause"} />
      </button>
      <button
        type="button"
        className="icon-button small"
        aria-label={`Stop ${name}`}
        title="Stop"
        data-testid="stop-audio"
        onClick={() => say("stop_audio_file", { playback_id })}
      >
        <Icon name="stop" />
      </button>
    </li>
  );
}

interface LoudnessProps {
  /** Percent. */
  volume: number;
  label: string;
  testId: string;
  /** Called when the hand lets go. */
  onChange: (volume: number) => void;
}

function Loudness({ volume, label, testId, onChange }: LoudnessProps) {
  const [wanted, setWanted] = useState(volume);
  const say = ({ currentTarget }: { currentTarget: HTMLInputElement }) => {
    if (currentTarget.valueAsNumber !== volume) onChange(currentTarget.valueAsNumber);
  };
  return (
    <input
      type="range"
      min={0}
      max={100}
      value={wanted}
      aria-label={label}
      data-testid={testId}
      data-told={volume}
      onChange={(event) => setWanted(event.target.valueAsNumber)}
      onPointerUp={say}
      onKeyUp={say}
    />
  );
}
