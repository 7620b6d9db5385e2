import { useConnectionQualityIndicator } from "@livekit/components-react";
import { ConnectionQuality, type Participant } from "livekit-client";

const GRADES: Record<ConnectionQuality, { bars: number; label: string }> = {
  [ConnectionQuality.Excellent]: { bars: 3, label: "Connection excellent" },
  [ConnectionQuality.Good]: { bars: 2, label: "Connection good" },
  [ConnectionQuality.Poor]: { bars: 1, label: "Connection poor" },
  [ConnectionQuality.Lost]: { bars: 0, label: "Connection lost" },
  [ConnectionQuality.Unknown]: { bars: 0, label: "Connection not measured yet" },
};

/** Bars like those of a phone: how well this participant is connected, as the server measures it. */
export function QualityIcon({ participant }: { participant: Participant }) {
  const { quality } = useConnectionQualityIndicator({ participant });
  const { bars, label } = GRADES[quality];
  return (
    <span className="quality" role="img" aria-label={label} title={label} data-testid="quality" data-quality={quality}>
      {[1, 2, 3].map((bar) => (
        <i key={bar} data-lit={bar <= bars} />
      ))}
    </span>
  );
}
