import type { DisconnectReason, Room } from "livekit-client";
import { useCallback, useEffect, useState } from "react";

import { LandingPage } from "../join/LandingPage";
import { PreJoinPage } from "../join/PreJoinPage";
import { roomPath, type Route } from "../routing/route";
import { readClaims } from "../session/accessToken";
import { farewell, type Farewell } from "../session/disconnects";
import { usePreferences } from "../session/usePreferences";
import { forgetToken, rememberedToken, rememberToken } from "../session/tokenStore";
import { ConductStore } from "./conduct/ConductStore";
import type { ResultsAccess } from "./conduct/meetingApi";
import { MeetingResults } from "./conduct/MeetingResults";
import { LeftPage } from "./LeftPage";
import { MeetingPage } from "./MeetingPage";
import { useTravel } from "./useTravel";

/** Where a visitor to a room stands. */
type Visit = { at: "prejoin" } | { at: "meeting"; room: Room; store: ConductStore; breakout: string | undefined } | { at: "left"; farewell: Farewell; results: ResultsAccess | undefined };

const BEFORE: Visit = { at: "prejoin" };

/** A visit to a meeting, from the landing page to the farewell. */
export function MeetingVisit({ route, navigate }: { route: Route; navigate: (path: string) => void }) {
  const [visit, setVisit] = useState<Visit>(BEFORE);
  const [preferences, onPreferences] = usePreferences();
  const [token, setToken] = useState(() => rememberedToken(route.room));
  const claims = token === undefined ? undefined : readClaims(token);
  const roomName = claims?.room ?? route.room;

  const onLeft = useCallback(
    (room: Room, reason: DisconnectReason | undefined) =>
      // Not if one has gone on to another room.
      setVisit((before) => (before.at === "meeting" && before.room === room ? { at: "left", farewell: farewell(reason), results: before.store.results } : before)),
    [],
  );
  useTravel(
    visit.at === "meeting" ? visit : undefined,
    useCallback((room: Room, breakout: string | undefined) => setVisit({ at: "meeting", room, store: new ConductStore(room), breakout }), []),
  );
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
    return () => {
      window.removeEventListener("popstate", leave);
      visit.store.close();
    };
  }, [visit]);

  useEffect(() => {
    document.title = roomName === undefined ? "roomful" : `${roomName} · roomful`;
  }, [roomName]);

  return (
    <>
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
          onJoined={(room) => setVisit({ at: "meeting", room, store: new ConductStore(room), breakout: undefined })}
        />
      ) : visit.at === "meeting" ? (
        <MeetingPage key={visit.breakout} room={visit.room} roomName={roomName} breakout={visit.breakout} store={visit.store} onLeft={onLeft} />
      ) : (
        <LeftPage farewell={visit.farewell} roomName={roomName} onRejoin={() => setVisit(BEFORE)} onHome={goHome}>
          {visit.results !== undefined && <MeetingResults access={visit.results} meetingId={roomName} />}
        </LeftPage>
      )}
    </>
  );
}
