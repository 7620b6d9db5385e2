import { CopyInvite } from "../interface/CopyInvite";
import { Icon } from "../interface/Icon";
import { Logo } from "../interface/Logo";
import type { LiveStatus } from "./messages";
import type { Show } from "./show";

const BADGES: Record<LiveStatus, string> = { Preparing: "Soon", Living: "Live", Paused: "Paused", Ended: "Over" };

export function LiveHeader({ show, roomName }: { show: Show; roomName: string }) {
  const { live, users, userCount } = show;
  const viewers = Math.max(0, userCount - (users.has(live.streamer_id) ? 1 : 0));
  return (
    <header className="meeting-header">
      <Logo />
      <span className="live-badge" data-testid="live-status" data-status={live.status} role="status">
        {BADGES[live.status]}
      </span>
      <div className="live-names">
        <h1 className="meeting-name" dir="auto" title={live.title}>
          {live.title || roomName}
        </h1>
        <span className="meeting-count" dir="auto">
          {live.streamer_name}
        </span>
      </div>
      <span className="meeting-count live-count" title="Viewers">
        <Icon name="people" />
        <span data-testid="viewer-count">{viewers}</span>
        <span className="unseen">{viewers === 1 ? "viewer" : "viewers"}</span>
      </span>
      <CopyInvite room={roomName} door="live" className="button quiet" />
    </header>
  );
}
