import { ConnectionError, ConnectionErrorReason, DefaultReconnectPolicy, Room, Track, type RoomOptions } from "livekit-client";

import { keepEarlyChat } from "../chat/earlyChat";
import type { Captures } from "../devices/useLocalTrack";
import { RoomError } from "../roomclient/errors";
import { askWhy, passLobby } from "./lobby";
import type { Preferences } from "./preferences";
import { requestToken, sameOriginServer, type Access } from "./tokenSource";

export interface JoinRequest {
  readonly roomName: string;
  readonly preferences: Preferences;
  /** Token the visitor brought; without one the server is asked. */
  readonly token: string | undefined;
  /** Told that a host has to let one in, with how to give up. */
  readonly onWaiting: (giveUp: () => void) => void;
  /** Asked once the room is entered; live tracks of the preview are published as they are, without opening a device again. */
  readonly takeCaptures: () => Captures;
  /** Told when a track could not be published; the visitor is in the room all the same. */
  readonly onPublishFailed: (error: unknown) => void;
}

/**
 * Connect to a room and publish the tracks of the preview.
 *
 * @throws TokenError if no token was to be had, ConnectionError of livekit-client if the room is out of reach, RoomError
 * if it does not let one in
 */
export async function joinRoom(request: JoinRequest): Promise<Room> {
  const access =
    request.token === undefined
      ? await requestToken({ roomName: request.roomName, participantName: request.preferences.name })
      : { token: request.token, serverUrl: sameOriginServer(window.location.origin) };
  const room = new Room(roomOptions(request.preferences));
  keepEarlyChat(room);
  await connect(room, access, request);
  const { camera, microphone } = request.takeCaptures();
  for (const published of [publish(room, microphone, Track.Source.Microphone), publish(room, camera, Track.Source.Camera)]) {
    published.catch(request.onPublishFailed);
  }
  return room;
}

/** Through the lobby, if the room has one. */
async function connect(room: Room, access: Access, { roomName, onWaiting }: JoinRequest): Promise<void> {
  try {
    await room.connect(access.serverUrl, access.token);
  } catch (error) {
    if (!(error instanceof ConnectionError) || error.reason !== ConnectionErrorReason.NotAllowed) throw error;
    await askWhy(roomName, access).catch((reason: unknown) => {
      throw reason instanceof RoomError && reason.word === "unreachable" ? error : reason;
    });
    throw error;
  }
  await passLobby(room, onWaiting);
}

async function publish(
  { localParticipant }: Room,
  capture: Captures["camera" | "microphone"],
  source: Track.Source.Camera | Track.Source.Microphone,
): Promise<void> {
  if (capture.state === "live") {
    await localParticipant.publishTrack(capture.track, { source });
  } else if (capture.state === "starting") {
    // Wanted, but the browser is still asking for permission: the room asks on.
    if (source === Track.Source.Camera) await localParticipant.setCameraEnabled(true);
    else await localParticipant.setMicrophoneEnabled(true);
  }
}

/**
 * Milliseconds before each try to get a lost connection back, each varied by half: often at first, for a server that restarts is
 * up again in seconds, and for one and a half minutes in all.
 */
const RETRY_DELAYS = [0, 300, 700, ...Array<number>(8).fill(1000), ...Array<number>(10).fill(2000), ...Array<number>(12).fill(5000)];

function roomOptions(preferences: Preferences): RoomOptions {
  const { cameraId, microphoneId, speakerId } = preferences;
  return {
    // Tiles that are small or out of sight cost little bandwidth, layers nobody watches cost none.
    adaptiveStream: true,
    dynacast: true,
    reconnectPolicy: new DefaultReconnectPolicy(RETRY_DELAYS),
    ...(cameraId !== undefined && { videoCaptureDefaults: { deviceId: cameraId } }),
    ...(microphoneId !== undefined && { audioCaptureDefaults: { deviceId: microphoneId } }),
    ...(speakerId !== undefined && { audioOutput: { deviceId: speakerId } }),
  };
}
