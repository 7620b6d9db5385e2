import { useCallback, useEffect, useState } from "react";

import { usePreview } from "../join/usePreview";
import { LeftPage } from "../meeting/LeftPage";
import { roomPath, type Route } from "../routing/route";
import { readClaims } from "../session/accessToken";
import type { Farewell } from "../session/disconnects";
import { forgetToken, rememberedToken, rememberToken } from "../session/tokenStore";
import { usePreferences } from "../session/usePreferences";
import { StudioEntrance } from "./entrance/StudioEntrance";
import { ViewerEntrance } from "./entrance/ViewerEntrance";
import { LiveRoom } from "./LiveRoom";
import type { ShowStore } from "./ShowStore";
import { useEntering } from "./entrance/useEntering";

type Visit = { at: "entrance" } | { at: "show"; store: ShowStore } | { at: "left"; farewell: Farewell };

/** A visit to a live room, as its viewer or as its streamer, from the entrance to the farewell. */
export function LiveVisit({ route, navigate }: { route: Route; navigate: (path: string) => void }) {
  const room = route.room ?? "";
  const studio = route.door === "studio";
  const [visit, setVisit] = useState<Visit>({ at: "entrance" });
  const [preferences, onPreferences] = usePreferences();
  const [token, setToken] = useState(() => rememberedToken(route.room));
  const [wantsMic, setWantsMic] = useState<"none" | "audio" | "video">("none");
  // A streamer looks into the mirror before the show; a viewer needs no camera unless it comes to the mic.
  const capturing = visit.at !== "left" && (studio || (visit.at === "show" && wantsMic !== "none"));
  const preview = usePreview({
    ...preferences,
    cameraOn: capturing && preferences.cameraOn && (studio || wantsMic === "video"),
    microphoneOn: capturing && preferences.microphoneOn,
  });
  const claims = token === undefined ? undefined : readClaims(token);
  const entering = useEntering((store) => setVisit({ at: "show", store }));
  const onLeft = useCallback((farewell: Farewell) => setVisit({ at: "left", farewell }), []);

  useEffect(() => {
    document.title = studio ? `${room} · studio · roomful` : `${room} · roomful`;
  }, [room, studio]);

  useEffect(() => {
    if (visit.at !== "show") return undefined;
    return () => visit.store.close();
  }, [visit]);

  if (visit.at === "show") {
    return (
      <LiveRoom
        store={visit.store}
        roomName={room}
        door={route.door}
        preview={preview}
        onPreferences={onPreferences}
        onWantsMic={setWantsMic}
        onLeft={onLeft}
      />
    );
  }
  if (visit.at === "left") {
    const goHome = () => {
      forgetToken();
      navigate("/");
    };
    return <LeftPage farewell={visit.farewell} roomName={room} onRejoin={() => setVisit({ at: "entrance" })} onHome={goHome} />;
  }
  const nameFromToken = claims === undefined ? undefined : (claims.name ?? claims.identity);
  const entrance = {
    room,
    name: nameFromToken ?? route.name ?? preferences.name,
    nameFixed: nameFromToken !== undefined,
    entering: entering.busy,
    failure: entering.failure,
    onToken: (pasted: string) => {
      rememberToken(pasted);
      setToken(pasted);
      entering.forgive();
    },
    onEnter: (name: string, title: string) => {
      if (nameFromToken === undefined) onPreferences({ name });
      void entering.enter({ room, door: route.door, name, title, token });
    },
  };
  return studio ? (
    <StudioEntrance {...entrance} preview={preview} onPreferences={onPreferences} />
  ) : (
    <ViewerEntrance {...entrance} onStudio={() => navigate(roomPath(room, "studio"))} />
  );
}
