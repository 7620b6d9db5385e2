import { useEffect, useState, type RefObject } from "react";

/** Whether the first picture of a track has been drawn: until then there is nothing but black. */
export function useFirstFrame(video: RefObject<HTMLVideoElement | null>, track: MediaStreamTrack): boolean {
  const [seen, setSeen] = useState<MediaStreamTrack>();
  useEffect(() => {
    const element = video.current;
    if (element === null) return undefined;
    const drawn = () => {
      if (element.videoWidth > 0) setSeen(track);
    };
    element.addEventListener("resize", drawn);
    element.addEventListener("playing", drawn);
    return () => {
      element.removeEventListener("resize", drawn);
      element.removeEventListener("playing", drawn);
    };
  }, [video, track]);
  return seen === track;
}
