import { CameraPicture } from "../../join/CameraPicture";
import type { PreviewState } from "../../join/usePreview";
import { Monogram } from "../../tiles/Monogram";
import type { Place } from "../messages";
import { waitWords } from "../words";

/** In line: at which place, and for about how long. */
export function QueueCard({ place, preview, name }: { place: Place | undefined; preview: PreviewState; name: string }) {
  return (
    <section className="card queue-card" aria-label="Queue">
      <div className="preview-picture">
        {preview.camera.state === "live" ? <CameraPicture track={preview.camera.track} /> : <Monogram name={name} identity={name} />}
      </div>
      <div role="status">
        {place === undefined ? (
          <h2>One moment…</h2>
        ) : (
          <>
            <h2 data-testid="queue-position" data-position={place.position}>
              {place.position === 1 ? "You are next" : `You are number ${place.position} in line`}
            </h2>
            <p className="hint" data-testid="queue-wait">
              {waitWords(place.estimated_wait)}
            </p>
          </>
        )}
      </div>
      <p className="hint">Keep this page open. Nobody sees or hears you before somebody answers.</p>
    </section>
  );
}
