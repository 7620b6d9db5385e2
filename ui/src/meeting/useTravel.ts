import type { Room } from "livekit-client";
import { useEffect, useRef } from "react";

import { useNotices } from "../interface/notices";
import { travel } from "../session/travel";
import type { ConductStore } from "./conduct/ConductStore";
import type { BreakoutInvitation, MeetingMessage } from "./conduct/messages";

interface Here {
  readonly room: Room;
  readonly store: ConductStore;
}

/** Go where the meeting sends one: to breakout rooms and back. `onArrived` is told the name of the breakout room. */
export function useTravel(here: Here | undefined, onArrived: (room: Room, breakout: string | undefined) => void): void {
  const { notify } = useNotices();
  const travelling = useRef(false);
  const room = here?.room;
  const dialogue = here?.store.dialogue;
  useEffect(() => {
    if (room === undefined || dialogue === undefined) return undefined;
    const go = async ({ name, token, target_room_id }: BreakoutInvitation) => {
      if (token === undefined || travelling.current || room.name === target_room_id) return;
      travelling.current = true;
      try {
        await travel(room, token, (to) => onArrived(to, name === "" ? undefined : name));
      } catch (error) {
        notify(`The way there is barred: ${error instanceof Error ? error.message : String(error)}`, "trouble");
      } finally {
        travelling.current = false;
      }
    };
    return dialogue.onMessage((message) => {
      const told = message as MeetingMessage;
      if (told.action === "breakout_invitation") void go(told);
    });
  }, [room, dialogue, onArrived, notify]);
}
