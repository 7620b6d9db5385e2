import { useRoomContext } from "@livekit/components-react";
import { RoomEvent, type RemoteParticipant } from "livekit-client";
import { useEffect } from "react";

import { describeCaptureError, type CaptureKind } from "../devices/captureErrors";
import { useNotices } from "../interface/notices";

const KINDS: Partial<Record<MediaDeviceKind, CaptureKind>> = { audioinput: "microphone", videoinput: "camera" };

/** Say who comes and goes, and when a device fails. */
export function useAnnouncements(): void {
  const room = useRoomContext();
  const { notify } = useNotices();
  useEffect(() => {
    const nameOf = (participant: RemoteParticipant) => participant.name || participant.identity;
    const joined = (participant: RemoteParticipant) => notify(`${nameOf(participant)} joined`);
    const left = (participant: RemoteParticipant) => notify(`${nameOf(participant)} left`);
    const failed = (error: Error, kind?: MediaDeviceKind) => {
      const captured = kind && KINDS[kind];
      if (captured) notify(describeCaptureError(error, captured), "trouble");
    };
    room.on(RoomEvent.ParticipantConnected, joined);
    room.on(RoomEvent.ParticipantDisconnected, left);
    room.on(RoomEvent.MediaDevicesError, failed);
    return () => {
      room.off(RoomEvent.ParticipantConnected, joined);
      room.off(RoomEvent.ParticipantDisconnected, left);
      room.off(RoomEvent.MediaDevicesError, failed);
    };
  }, [room, notify]);
}
