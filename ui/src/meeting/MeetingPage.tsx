import { RoomAudioRenderer, RoomContext } from "@livekit/components-react";
import { ConnectionState, RoomEvent, type DisconnectReason, type Room } from "livekit-client";
import { useEffect } from "react";

import { MeetingRoom } from "./MeetingRoom";

interface MeetingPageProps {
  room: Room;
  roomName: string;
  onLeft: (reason: DisconnectReason | undefined) => void;
}

/** A room the visitor is in, until they leave or the room ends it. */
export function MeetingPage({ room, roomName, onLeft }: MeetingPageProps) {
  useEffect(() => {
    room.on(RoomEvent.Disconnected, onLeft);
    if (room.state === ConnectionState.Disconnected) onLeft(undefined); // It ended before anybody listened.
    return () => void room.off(RoomEvent.Disconnected, onLeft);
  }, [room, onLeft]);

  return (
    <RoomContext value={room}>
      <MeetingRoom roomName={roomName} onLeave={() => void room.disconnect()} />
      <RoomAudioRenderer />
    </RoomContext>
  );
}
