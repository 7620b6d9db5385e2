import type { Room } from "livekit-client";
import { useState, type SubmitEvent } from "react";

import { DeviceChoice } from "../devices/DeviceChoice";
import { CopyInvite } from "../interface/CopyInvite";
import { Logo } from "../interface/Logo";
import { NAME_LIMIT } from "../routing/route";
import type { TokenClaims } from "../session/accessToken";
import type { Preferences } from "../session/preferences";
import { Preview } from "./Preview";
import { TokenField } from "./TokenField";
import { useJoin } from "./useJoin";
import { usePreview } from "./usePreview";

interface PreJoinPageProps {
  roomName: string;
  preferences: Preferences;
  onPreferences: (change: Partial<Preferences>) => void;
  token: string | undefined;
  claims: TokenClaims | undefined;
  onToken: (token: string) => void;
  onJoined: (room: Room) => void;
}

/** Look into the mirror before entering: camera and microphone, which ones, on or off, and under which name. */
export function PreJoinPage({ roomName, preferences, onPreferences, token, claims, onToken, onJoined }: PreJoinPageProps) {
  const preview = usePreview(preferences);
  const [name, setName] = useState(preferences.name);
  const { join, joining, giveUp, failure, forgive } = useJoin(roomName, preview, onJoined);
  const nameFromToken = claims === undefined ? undefined : (claims.name ?? claims.identity);

  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const chosen = { ...preferences, name: nameFromToken ?? name.trim() };
    if (nameFromToken === undefined) onPreferences({ name: chosen.name });
    void join(chosen, token);
  };

  return (
    <main className="page prejoin" data-testid="prejoin">
      <Preview
        preview={preview}
        name={nameFromToken ?? name}
        disabled={joining}
        onCamera={(cameraOn) => onPreferences({ cameraOn })}
        onMicrophone={(microphoneOn) => onPreferences({ microphoneOn })}
      />
      <form className="card prejoin-form" onSubmit={submit}>
        <p className="brand small">
          <Logo /> roomful
        </p>
        <h1>
          Join <span className="room-word" dir="auto">{roomName}</span>
        </h1>
        {nameFromToken === undefined ? (
          <div className="field">
            <label htmlFor="prejoin-name">Your name</label>
            <input
              id="prejoin-name"
              data-testid="prejoin-name"
              autoComplete="nickname"
              required
              maxLength={NAME_LIMIT / 4}
              value={name}
              onChange={(event) => setName(event.target.value)}
            />
          </div>
        ) : (
          <p className="hint">
            Your access token names you <strong dir="auto">{nameFromToken}</strong>.
          </p>
        )}
        <div className="prejoin-devices">
          <DeviceChoice preview={preview} onPreferences={onPreferences} />
        </div>
        {failure && (
          <p className="trouble" role="alert" data-testid="join-failure">
            {failure.message}
          </p>
        )}
        {failure?.tokenNeeded && (
          <TokenField
            onToken={(pasted) => {
              forgive();
              onToken(pasted);
            }}
          />
        )}
        {giveUp !== undefined && (
          <p role="status" data-testid="lobby-waiting">
            You are in the lobby. The host has been told that you are here, and lets you in as soon as possible.
          </p>
        )}
        <div className="button-row">
          <button className="button accent" data-testid="join" aria-disabled={joining}>
            {giveUp !== undefined ? "Waiting…" : joining ? "Joining…" : "Join"}
          </button>
          {giveUp !== undefined && (
            <button type="button" className="button" onClick={giveUp} data-testid="give-up">
              Leave the lobby
            </button>
          )}
          <CopyInvite room={roomName} />
        </div>
      </form>
    </main>
  );
}
