import { useEffect, useRef, type ReactNode } from "react";

import { AudioMeter } from "../devices/AudioMeter";
import { Icon } from "../interface/Icon";
import type { Rectangle } from "../tiles/layout";
import { Monogram } from "../tiles/Monogram";
import { placement } from "../tiles/placement";
import { useFirstFrame } from "./useFirstFrame";

interface MemberTileProps {
  place: Rectangle;
  label: string;
  identity: string;
  /** Picture to show; undefined shows initials. */
  video: MediaStreamTrack | undefined;
  /** For the meter; undefined shows that the microphone is off. */
  audio: MediaStreamTrack | undefined;
  own?: boolean;
  children?: ReactNode;
}

/** One member of a room: picture or initials, name, meter. */
export function MemberTile({ place, label, identity, video, audio, own = false, children }: MemberTileProps) {
  return (
    <article className="tile" style={placement(place)} aria-label={label} data-testid="tile" data-identity={identity} data-source="camera" data-mirrored={own}>
      {video === undefined ? <Monogram name={label} identity={identity} /> : <Picture track={video} label={label} identity={identity} />}
      <div className="tile-caption">
        {audio === undefined ? (
          <span className="tile-muted" data-testid="microphone-off">
            <Icon name="microphone-off" label="Microphone off" />
          </span>
        ) : (
          <AudioMeter track={audio} shape="bars" />
        )}
        <span className="tile-name" dir="auto">
          {label}
        </span>
      </div>
      {children}
    </article>
  );
}

function Picture({ track, label, identity }: { track: MediaStreamTrack; label: string; identity: string }) {
  const video = useRef<HTMLVideoElement>(null);
  const seen = useFirstFrame(video, track);
  useEffect(() => {
    const element = video.current;
    if (element === null) return undefined;
    element.srcObject = new MediaStream([track]);
    return () => void (element.srcObject = null);
  }, [track]);
  return (
    <>
      <video ref={video} autoPlay muted playsInline aria-label={label} />
      {!seen && (
        <div className="tile-waiting">
          <Monogram name={label} identity={identity} />
        </div>
      )}
    </>
  );
}
