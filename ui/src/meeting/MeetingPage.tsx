import { RoomAudioRenderer, RoomContext } from "@livekit/components-react";
import { ConnectionState, RoomEvent, type DisconnectReason, type Room } from "livekit-client";
import { useEffect, useSyncExternalStore } from "react";

import type { ConductStore } from "./conduct/ConductStore";
import { MeetingRoom } from "./MeetingRoom";

interface MeetingPageProps {
  room: Room;
  roomName: string;
  /** Name of the breakout room one is in, until the room says it itself. */
  breakout: string | undefined;
  store: ConductStore;
  onLeft: (room: Room, reason: DisconnectReason | undefined) => void;
}

/** A room the visitor is in, until they leave or the room ends it. */
export function MeetingPage({ room, roomName, breakout, store, onLeft }: MeetingPageProps) {
  useEffect(() => {
    const left = (reason?: DisconnectReason) => onLeft(room, reason);
    room.on(RoomEvent.Disconnected, left);
    if (room.state === ConnectionState.Disconnected) left(); // It ended before anybody listened.
    return () => void room.off(RoomEvent.Disconnected, left);
  }, [room, onLeft]);

  const meeting = useSyncExternalStore(store.subscribe, store.snapshot);
  const here = meeting === undefined ? breakout : meeting.parentId && meeting.title;

  return (
    <RoomContext value={room}>
      <MeetingRoom key={here} roomName={roomName} breakout={here} store={store} onLeave={() => void room.disconnect()} />
      <RoomAudioRenderer />
    </RoomContext>
  );
}
