import { useState, type SubmitEvent } from "react";

import { CopyInvite } from "../interface/CopyInvite";
import { Logo } from "../interface/Logo";
import { NAME_LIMIT } from "../routing/route";
import { RoomPicture } from "./RoomPicture";

interface LandingPageProps {
  name: string;
  onContinue: (name: string, room: string) => void;
}

/** Where a visit starts: who you are and which room you want. */
export function LandingPage({ name: initialName, onContinue }: LandingPageProps) {
  const [name, setName] = useState(initialName);
  const [room, setRoom] = useState("");

  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (name.trim() && room.trim()) onContinue(name.trim(), room.trim());
  };

  return (
    <main className="page landing" data-testid="landing">
      <section className="landing-words">
        <p className="brand">
          <Logo /> roomful
        </p>
        <h1>One room for everybody.</h1>
        <p className="lead">Talk face to face in the browser, with whoever joins: from an app, a phone, a script or a studio.</p>
        <form className="card landing-form" onSubmit={submit}>
          <div className="field">
            <label htmlFor="landing-name">Your name</label>
            <input
              id="landing-name"
              data-testid="landing-name"
              autoComplete="nickname"
              required
              maxLength={NAME_LIMIT / 4}
              value={name}
              onChange={(event) => setName(event.target.value)}
            />
          </div>
          <div className="field">
            <label htmlFor="landing-room">Room</label>
            <input
              id="landing-room"
              data-testid="landing-room"
              autoComplete="off"
              autoCapitalize="none"
              spellCheck={false}
              required
              maxLength={NAME_LIMIT / 4}
              placeholder="any name you like"
              value={room}
              onChange={(event) => setRoom(event.target.value)}
            />
          </div>
          <div className="button-row">
            <button className="button accent" data-testid="landing-continue">
              Continue
            </button>
            <CopyInvite room={room.trim()} disabled={!room.trim()} />
          </div>
        </form>
      </section>
      <RoomPicture />
    </main>
  );
}
