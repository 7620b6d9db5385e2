import type { Room } from "livekit-client";
import { useEffect, useRef, useState } from "react";

import { useNotices } from "../interface/notices";
import { describeJoinFailure, type JoinFailure } from "../session/joinFailure";
import { joinRoom } from "../session/joinRoom";
import type { Preferences } from "../session/preferences";
import type { PreviewState } from "./usePreview";

interface Join {
  join: (preferences: Preferences, token: string | undefined) => Promise<void>;
  joining: boolean;
  /** In the lobby: how to give up. */
  giveUp: (() => void) | undefined;
  failure: JoinFailure | undefined;
  /** What failed no longer matters: the visitor changed it. */
  forgive: () => void;
}

/** The step from the preview into the room; the preview's tracks go along. */
export function useJoin(roomName: string, preview: PreviewState, onJoined: (room: Room) => void): Join {
  const [joining, setJoining] = useState(false);
  const [failure, setFailure] = useState<JoinFailure>();
  const [giveUp, setGiveUp] = useState<() => void>();
  const { notify } = useNotices();
  const take = useRef(preview.take);
  useEffect(() => {
    take.current = preview.take;
  });

  const join = async (preferences: Preferences, token: string | undefined) => {
    if (joining) return;
    setJoining(true);
    setFailure(undefined);
    try {
      const room = await joinRoom({
        roomName,
        preferences,
        token,
        onWaiting: (leave) => setGiveUp(() => leave),
        // The visitor may switch devices while waiting in the lobby.
        takeCaptures: () => take.current(),
        onPublishFailed: (error) => {
          const reason = error instanceof Error ? error.message : String(error);
          notify(`Others cannot see or hear you: ${reason}`, "trouble");
        },
      });
      onJoined(room);
    } catch (error) {
      setFailure(describeJoinFailure(error));
      setJoining(false);
      setGiveUp(undefined);
    }
  };
  return { join, joining, giveUp, failure, forgive: () => setFailure(undefined) };
}
