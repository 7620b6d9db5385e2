import { useRef } from "react";

import { MemberTile } from "../roommedia/MemberTile";
import { RemoteTile } from "../roommedia/RemoteTile";
import { whepUrl, type OwnTracks } from "../roommedia/media";
import { focusLayout } from "../tiles/layout";
import { useStageSize } from "../tiles/useStageSize";
import { otherOf, type Call } from "./call";
import type { CallStore } from "./CallStore";
import { SupervisorVoice } from "./SupervisorVoice";

interface CallStageProps {
  store: CallStore;
  call: Call;
  own: OwnTracks;
  /** What is going on instead of talking; undefined shows the two. */
  cover: { readonly title: string; readonly detail: string } | undefined;
}

/** The two of a call: the other one large. */
export function CallStage({ store, call, own, cover }: CallStageProps) {
  const stage = useRef<HTMLDivElement>(null);
  const size = useStageSize(stage);
  const other = otherOf(call);
  const places = size === undefined ? [] : focusLayout(other === undefined ? 1 : 2, size);
  const [first, second] = places;
  const mine = other === undefined ? first : second;
  return (
    <div className="stage live-stage" data-testid="call-stage" data-standing={call.standing}>
      <div className="live-tiles" ref={stage}>
        {other !== undefined && first !== undefined && (
          <RemoteTile
            key={other.user_id}
            store={store}
            place={first}
            label={other.user_name}
            identity={other.user_id}
            url={whepUrl(call.room.room_id, other.user_id)}
            // There may be music on hold, whatever the other one sends.
            media={call.standing === "held" ? undefined : other.media}
          />
        )}
        {mine !== undefined && (
          <MemberTile
            place={mine}
            label={`${call.self.user_name} (you)`}
            identity={call.self.user_id}
            video={own.video}
            audio={own.audio}
            own
          />
        )}
      </div>
      {call.supervisorUrl !== undefined && <SupervisorVoice store={store} url={call.supervisorUrl} />}
      <div className="stage-cover" data-shown={cover !== undefined} role="status" data-testid="call-cover">
        {cover !== undefined && (
          <>
            <strong>{cover.title}</strong>
            <span>{cover.detail}</span>
          </>
        )}
      </div>
    </div>
  );
}
