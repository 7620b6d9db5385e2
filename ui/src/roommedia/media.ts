import { useEffect, useMemo, useRef, useState } from "react";

import type { MediaState } from "../roomclient/MediaLine";
import { Player } from "../roomclient/whep";
import { Publisher, type VideoQuality } from "../roomclient/whip";
import type { MediaAccess } from "../roomclient/MediaSession";
import type { Envelope, StreamChanged } from "../roomclient/messages";

/** What media hooks need of a member's visit to a room: the right to media, and what the room says of it. */
export interface MediaSource {
  readonly access: MediaAccess;
  readonly client: {
    onMessage(listener: (message: Envelope) => void): () => void;
    request(action: string, fields: Readonly<Record<string, unknown>>): Promise<unknown>;
  };
}

/** Where a member of a room is played. specs/monibuca-rooms.md §10.1, §10.2. */
export function whepUrl(roomId: string, userId: string): string {
  return `/webrtc/whep/room/${encodeURIComponent(roomId)}/${encodeURIComponent(userId)}`;
}

export interface Played {
  readonly stream: MediaStream | undefined;
  readonly state: MediaState["at"];
}

/** Play somebody's stream while there is an address. It may come before there is anything to see. */
export function usePlayer(store: MediaSource, url: string | undefined): Played {
  const [played, setPlayed] = useState<Played>(NOTHING);
  useEffect(() => {
    if (url === undefined) return undefined;
    const player = new Player(url, store.access);
    const look = () => setPlayed({ stream: player.stream, state: player.line.state.at });
    const retry = () => player.line.retryNow();
    const stops = [
      player.onStream(look),
      player.line.onState(look),
      store.client.onMessage((message) => {
        if (message.action === "room_joined" || isOfStream(message, url)) retry();
      }),
    ];
    look();
    return () => {
      for (const stop of stops) stop();
      player.stop();
      setPlayed(NOTHING);
    };
  }, [store, url]);
  return played;
}

/** Somebody begins to send what is played from there. */
function isOfStream(message: Envelope, url: string): boolean {
  return message.action === "stream_published" && samePath((message as StreamChanged).whep_url, url);
}

const NOTHING: Played = { stream: undefined, state: "stopped" };

function samePath(one: string, other: string): boolean {
  try {
    return decodeURIComponent(one) === decodeURIComponent(other);
  } catch {
    return false;
  }
}

/** What one's own devices deliver; undefined is off. */
export interface OwnTracks {
  readonly audio: MediaStreamTrack | undefined;
  readonly video: MediaStreamTrack | undefined;
}

interface Publishing {
  /** Own WHIP address; undefined while nothing is to be sent. */
  readonly url: string | undefined;
  readonly withVideo: boolean;
  /** Guests are shown small, and there may be six of them. */
  readonly asGuest: boolean;
  readonly tracks: OwnTracks;
}

const GUEST: VideoQuality = { maxBitrate: 500_000, scaleResolutionDownBy: 2 };

/** Publish while there is an address; the tracks may change meanwhile, and others are told what comes. */
export function usePublisher(store: MediaSource, { url, withVideo, asGuest, tracks }: Publishing): MediaState["at"] {
  const [state, setState] = useState<MediaState["at"]>("stopped");
  const publisher = useRef<Publisher>(undefined);
  const { audio, video } = tracks;

  useEffect(() => {
    if (url === undefined) return undefined;
    const made = new Publisher(url, store.access, { audio: null, ...(withVideo && { video: null }) }, asGuest ? GUEST : undefined);
    const look = () => setState(made.line.state.at);
    const stops = [
      made.line.onState(look),
      store.client.onMessage(({ action }) => {
        if (action === "room_joined") made.line.retryNow();
      }),
    ];
    look();
    publisher.current = made;
    return () => {
      for (const stop of stops) stop();
      made.stop();
      publisher.current = undefined;
      setState("stopped");
    };
  }, [store, url, withVideo, asGuest]);

  useEffect(() => {
    publisher.current?.setTrack("audio", audio ?? null);
    publisher.current?.setTrack("video", video ?? null);
  }, [store, url, withVideo, asGuest, audio, video]); // Also when there is another publisher.

  const sent = useMemo(() => ({ audio: audio !== undefined, video: withVideo && video !== undefined }), [audio, video, withVideo]);
  useEffect(() => {
    if (state !== "live") return;
    store.client.request("media_state", sent).catch(() => undefined); // The server sees what comes by itself, too.
  }, [store, state, sent]);
  return state;
}
