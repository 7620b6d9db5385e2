import { Room, type LocalAudioTrack, type LocalVideoTrack, type RoomOptions } from "livekit-client";

import type { Preferences } from "./preferences";
import { requestToken, sameOriginServer } from "./tokenSource";

export interface JoinRequest {
  readonly roomName: string;
  readonly preferences: Preferences;
  /** Token the visitor brought; without one the server is asked. */
  readonly token: string | undefined;
  /** Tracks of the preview, published as they are: the devices are not opened twice. */
  readonly camera: LocalVideoTrack | undefined;
  readonly microphone: LocalAudioTrack | undefined;
  /** Told when a track could not be published; the visitor is in the room all the same. */
  readonly onPublishFailed: (error: unknown) => void;
}

/**
 * Connect to a room and publish the tracks of the preview.
 *
 * @throws TokenError if no token was to be had, ConnectionError of livekit-client if the room is out of reach
 */
export async function joinRoom(request: JoinRequest): Promise<Room> {
  const access =
    request.token === undefined
      ? await requestToken({ roomName: request.roomName, participantName: request.preferences.name })
      : { token: request.token, serverUrl: sameOriginServer(window.location.origin) };
  const room = new Room(roomOptions(request.preferences));
  await room.connect(access.serverUrl, access.token);
  for (const track of [request.microphone, request.camera]) {
    if (track !== undefined) void room.localParticipant.publishTrack(track).catch(request.onPublishFailed);
  }
  return room;
}

function roomOptions(preferences: Preferences): RoomOptions {
  const { cameraId, microphoneId, speakerId } = preferences;
  return {
    // Tiles that are small or out of sight cost little bandwidth, layers nobody watches cost none.
    adaptiveStream: true,
    dynacast: true,
    ...(cameraId !== undefined && { videoCaptureDefaults: { deviceId: cameraId } }),
    ...(microphoneId !== undefined && { audioCaptureDefaults: { deviceId: microphoneId } }),
    ...(speakerId !== undefined && { audioOutput: { deviceId: speakerId } }),
  };
}
