import type { DisconnectReason, Room } from "livekit-client";
import { useCallback, useEffect, useState } from "react";

import { Notices } from "./interface/Notices";
import { LandingPage } from "./join/LandingPage";
import { PreJoinPage } from "./join/PreJoinPage";
import { LeftPage } from "./meeting/LeftPage";
import { MeetingPage } from "./meeting/MeetingPage";
import { roomPath } from "./routing/route";
import { useRoute } from "./routing/useRoute";
import { readClaims } from "./session/accessToken";
import { farewell, type Farewell } from "./session/disconnects";
import { loadPreferences, savePreferences, type Preferences } from "./session/preferences";
import { forgetToken, rememberedToken, rememberToken } from "./session/tokenStore";

/** Where a visitor to a room stands. */
type Visit = { at: "prejoin" } | { at: "meeting"; room: Room } | { at: "left"; farewell: Farewell };

const BEFORE: Visit = { at: "prejoin" };

export function App() {
  const [route, navigate] = useRoute();
  const [visit, setVisit] = useState<Visit>(BEFORE);
  const [preferences, setPreferences] = useState(() => loadPreferences());
  const [token, setToken] = useState(() => rememberedToken(route.room));
  const claims = token === undefined ? undefined : readClaims(token);
  const roomName = claims?.room ?? route.room;

  const onPreferences = useCallback(
    (change: Partial<Preferences>) =>
      setPreferences((current) => {
        const changed = { ...current, ...change };
        savePreferences(changed);
        return changed;
      }),
    [],
  );
  const onLeft = useCallback((reason: DisconnectReason | undefined) => setVisit({ at: "left", farewell: farewell(reason) }), []);
  const goHome = () => {
    forgetToken();
    setToken(undefined);
    setVisit(BEFORE);
    navigate("/");
  };

  useEffect(() => {
    if (visit.at !== "meeting") return undefined;
    // The browser's back button leaves the room, and leaves nothing of it behind.
    const leave = () => {
      void visit.room.disconnect();
      setVisit(BEFORE);
    };
    window.addEventListener("popstate", leave);
    return () => window.removeEventListener("popstate", leave);
  }, [visit]);

  useEffect(() => {
    document.title = roomName === undefined ? "roomful" : `${roomName} · roomful`;
  }, [roomName]);

  return (
    <Notices>
      {roomName === undefined ? (
        <LandingPage
          name={route.name ?? preferences.name}
          onContinue={(name, room) => {
            onPreferences({ name });
            navigate(roomPath(room));
          }}
        />
      ) : visit.at === "prejoin" ? (
        <PreJoinPage
          roomName={roomName}
          preferences={route.name === undefined ? preferences : { ...preferences, name: route.name }}
          onPreferences={onPreferences}
          token={token}
          claims={claims}
          onToken={(pasted) => {
            rememberToken(pasted);
            setToken(pasted);
          }}
          onJoined={(room) => setVisit({ at: "meeting", room })}
        />
      ) : visit.at === "meeting" ? (
        <MeetingPage room={visit.room} roomName={roomName} onLeft={onLeft} />
      ) : (
        <LeftPage farewell={visit.farewell} roomName={roomName} onRejoin={() => setVisit(BEFORE)} onHome={goHome} />
      )}
    </Notices>
  );
}
