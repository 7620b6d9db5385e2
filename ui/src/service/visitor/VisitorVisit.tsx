import { useCallback, useEffect, useState } from "react";

import { usePreview } from "../../join/usePreview";
import { NEW_CALL, roomPath, type Route } from "../../routing/route";
import type { JoinFailure } from "../../session/joinFailure";
import { forgetCustomerToken } from "../../session/tokenStore";
import { usePreferences } from "../../session/usePreferences";
import type { CallStore } from "../CallStore";
import type { CallMedia } from "../messages";
import { describeQueueFailure, enterQueue } from "./entry";
import type { Goodbye } from "./goodbye";
import { GoodbyePage } from "./GoodbyePage";
import { VisitorCall } from "./VisitorCall";
import { VisitorEntrance } from "./VisitorEntrance";

type Visit = { at: "entrance" } | { at: "call"; store: CallStore } | { at: "over"; goodbye: Goodbye };

/** A customer's visit, from the link to the farewell. */
export function VisitorVisit({ route, navigate }: { route: Route; navigate: (path: string) => void }) {
  const room = route.room ?? NEW_CALL;
  const [visit, setVisit] = useState<Visit>({ at: "entrance" });
  const [preferences, onPreferences] = usePreferences();
  const [media, setMedia] = useState<CallMedia>("video");
  const [entering, setEntering] = useState(false);
  const [failure, setFailure] = useState<JoinFailure>();
  const capturing = visit.at !== "over";
  const preview = usePreview({
    ...preferences,
    cameraOn: capturing && preferences.cameraOn && media === "video",
    microphoneOn: capturing && preferences.microphoneOn,
  });

  useEffect(() => {
    document.title = "Customer service · roomful";
  }, []);

  useEffect(() => {
    if (visit.at !== "call") return undefined;
    return () => visit.store.close();
  }, [visit]);

  const enter = async (name: string) => {
    if (entering) return;
    setEntering(true);
    setFailure(undefined);
    try {
      onPreferences({ name });
      const store = await enterQueue({ room, name, media: preferences.cameraOn ? "video" : "audio" });
      // A reload comes back to this call, not to a new one.
      if (room === NEW_CALL) window.history.replaceState(null, "", roomPath(store.sessionId, "visitor"));
      setVisit({ at: "call", store });
    } catch (error) {
      setFailure(describeQueueFailure(error));
    } finally {
      setEntering(false);
    }
  };
  const onOver = useCallback((goodbye: Goodbye) => setVisit({ at: "over", goodbye }), []);

  if (visit.at === "call") {
    return <VisitorCall store={visit.store} preview={preview} onPreferences={onPreferences} onMedia={setMedia} onOver={onOver} />;
  }
  if (visit.at === "over") {
    const callAgain = () => {
      forgetCustomerToken(room);
      setMedia("video");
      setVisit({ at: "entrance" });
      navigate(roomPath(NEW_CALL, "visitor"));
    };
    return <GoodbyePage goodbye={visit.goodbye} onCallAgain={callAgain} />;
  }
  return (
    <VisitorEntrance
      invited={room !== NEW_CALL}
      name={route.name ?? preferences.name}
      preview={preview}
      entering={entering}
      failure={failure}
      onPreferences={onPreferences}
      onEnter={(name) => void enter(name)}
    />
  );
}
