import type { PreviewState } from "../join/usePreview";
import type { MediaState } from "../roomclient/MediaLine";
import { usePublisher, type OwnTracks } from "../roommedia/media";
import { isOn, type Call } from "./call";
import type { CallStore } from "./CallStore";

interface CallMedia {
  /** What one's own devices deliver. */
  readonly own: OwnTracks;
  readonly publishing: MediaState["at"];
}

/** Send voice and picture while the call is on. */
export function useCallMedia(store: CallStore, call: Call, preview: PreviewState): CallMedia {
  const withVideo = call.media === "video";
  const own: OwnTracks = {
    audio: preview.microphone.state === "live" ? preview.microphone.track.mediaStreamTrack : undefined,
    video: withVideo && preview.camera.state === "live" ? preview.camera.track.mediaStreamTrack : undefined,
  };
  const url = isOn(call) ? call.whipUrl : undefined;
  return { own, publishing: usePublisher(store, { url, withVideo, asGuest: false, tracks: own }) };
}
