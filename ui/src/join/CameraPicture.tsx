import type { LocalVideoTrack } from "livekit-client";
import { useEffect, useRef } from "react";

/** The visitor's own camera, as in a mirror. */
export function CameraPicture({ track }: { track: LocalVideoTrack }) {
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    const element = video.current;
    if (element === null) return undefined;
    track.attach(element);
    return () => void track.detach(element);
  }, [track]);
  return <video ref={video} className="mirror" autoPlay muted playsInline aria-label="Your camera" />;
}
