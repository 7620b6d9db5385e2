import type { ReactNode } from "react";

import type { Media } from "../roomclient/messages";
import type { Rectangle } from "../tiles/layout";
import { usePlayer, type MediaSource } from "./media";
import { MemberTile } from "./MemberTile";
import { Sound } from "./Sound";

interface RemoteTileProps {
  store: MediaSource;
  place: Rectangle;
  label: string;
  identity: string;
  url: string;
  /** What the person sends as far as the room knows; undefined of people of another room. */
  media: Media | undefined;
  children?: ReactNode;
}

/** Somebody else's picture and sound, by WHEP. */
export function RemoteTile({ store, place, label, identity, url, media, children }: RemoteTileProps) {
  const sends = media === undefined || media.audio || media.video;
  const { stream, state } = usePlayer(store, sends ? url : undefined);
  const live = state === "live";
  const [video] = live && media?.video !== false ? (stream?.getVideoTracks() ?? []) : [];
  const [audio] = live && media?.audio !== false ? (stream?.getAudioTracks() ?? []) : [];
  return (
    <>
      <MemberTile place={place} label={label} identity={identity} video={video} audio={audio}>
        {children}
      </MemberTile>
      <Sound stream={live ? stream : undefined} label={label} />
    </>
  );
}
