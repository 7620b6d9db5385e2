import { useEffect, useState } from "react";

import { Logo } from "../interface/Logo";
import { useNotices } from "../interface/notices";
import type { PreviewState } from "../join/usePreview";
import type { Door } from "../routing/route";
import type { Farewell } from "../session/disconnects";
import type { Preferences } from "../session/preferences";
import { liveFarewell } from "./farewells";
import type { MicMedia } from "./messages";
import { usePublisher, type OwnTracks } from "../roommedia/media";
import { useRetryOnline } from "../roommedia/useRetryOnline";
import { useRoomStore } from "../roommedia/useRoomStore";
import { ShowPage } from "./ShowPage";
import { isHost, type Show } from "./show";
import type { ShowStore } from "./ShowStore";
import { useAnnouncedShow } from "./useAnnouncedShow";

interface LiveRoomProps {
  store: ShowStore;
  roomName: string;
  door: Door;
  preview: PreviewState;
  onPreferences: (change: Partial<Preferences>) => void;
  /** Whether camera and microphone of a viewer are needed now. */
  onWantsMic: (media: MicMedia | "none") => void;
  onLeft: (farewell: Farewell) => void;
}

/** In the room: what it shows depends on who one is there, not on the door one came through. */
export function LiveRoom({ store, door, onLeft, ...rest }: LiveRoomProps) {
  const { status, state: show, removal } = useRoomStore(store);
  const { notify } = useNotices();
  useAnnouncedShow(store);

  useEffect(() => {
    if (status.at === "ended") onLeft(liveFarewell(status, removal));
  }, [status, removal, onLeft]);

  useRetryOnline(store.client);

  const stranger = door === "studio" && show !== undefined && !isHost(show) ? show.live.streamer_name : undefined;
  useEffect(() => {
    if (stranger !== undefined) notify(`This is the show of ${stranger}: you are here as a viewer.`, "trouble");
  }, [stranger, notify]);

  return show === undefined ? <Waiting inLobby={status.at === "waiting"} /> : <InShow store={store} show={show} reconnecting={status.at === "reconnecting"} {...rest} />;
}

function Waiting({ inLobby }: { inLobby: boolean }) {
  return (
    <main className="page page-narrow">
      <div className="card left-card" role="status" data-testid="live-waiting">
        <Logo />
        <h1>{inLobby ? "You are in the lobby" : "Entering…"}</h1>
        {inLobby && <p className="hint">The host has been told that you are here. Stay: you are let in as soon as possible.</p>}
      </div>
    </main>
  );
}

type InShowProps = Omit<LiveRoomProps, "door" | "onLeft"> & { show: Show; reconnecting: boolean };

function InShow({ store, show, preview, onWantsMic, ...rest }: InShowProps) {
  const [asking, setAsking] = useState<MicMedia>();
  const host = isHost(show);
  const onMic = show.mic.at === "on";
  const wanted = onMic || show.mic.at === "requested" ? show.mic.media : (asking ?? "none");
  useEffect(() => onWantsMic(wanted), [onWantsMic, wanted]);

  const own: OwnTracks = {
    audio: preview.microphone.state === "live" ? preview.microphone.track.mediaStreamTrack : undefined,
    video: preview.camera.state === "live" ? preview.camera.track.mediaStreamTrack : undefined,
  };
  const onAir = host ? show.live.status === "Living" : onMic;
  const connected = host ? onAir || show.live.status === "Paused" : onMic;
  const publishing = usePublisher(store, {
    url: connected ? show.media.publish.whip_url : undefined,
    withVideo: host || (show.mic.at === "on" && show.mic.media === "video"),
    asGuest: !host,
    tracks: onAir ? own : NOTHING,
  });
  return <ShowPage {...rest} store={store} show={show} preview={preview} own={own} publishing={publishing} onAsking={setAsking} />;
}

const NOTHING: OwnTracks = { audio: undefined, video: undefined };
