import { LocalTrack, Room, Track } from "livekit-client";

import { keepEarlyChat } from "../chat/earlyChat";
import { sameOriginServer } from "./tokenSource";

const SOURCES = [Track.Source.Microphone, Track.Source.Camera];

/**
 * Go from one room to another with microphone and camera as they are; what is off stays off. One is in both rooms for a
 * moment, `onArrived` is called as soon as one is in the new one.
 *
 * @throws ConnectionError of livekit-client: one is where one was
 */
export async function travel(from: Room, token: string, onArrived: (to: Room) => void): Promise<void> {
  const to = new Room(from.options);
  keepEarlyChat(to);
  await to.connect(sameOriginServer(window.location.origin), token);
  onArrived(to);
  await Promise.allSettled(SOURCES.map((source) => carry(from, to, source)));
  await from.disconnect();
}

async function carry(from: Room, to: Room, source: Track.Source): Promise<void> {
  const publication = from.localParticipant.getTrackPublication(source);
  const track = publication?.track;
  if (!(track instanceof LocalTrack) || publication?.isMuted) return;
  await from.localParticipant.unpublishTrack(track, false);
  await to.localParticipant.publishTrack(track, { source });
}
