import { useRef } from "react";

import { focusLayout, gridLayout } from "../../tiles/layout";
import { useStageSize } from "../../tiles/useStageSize";
import { whepUrl, type OwnTracks } from "../../roommedia/media";
import { isHost, type Show } from "../show";
import type { ShowStore } from "../ShowStore";
import { DanmakuLayer } from "./DanmakuLayer";
import { GiftBanners } from "./GiftBanners";
import { MemberTile } from "../../roommedia/MemberTile";
import { PkBar } from "./PkBar";
import { RemoteTile } from "../../roommedia/RemoteTile";
import { StageCover } from "./StageCover";

interface LiveStageProps {
  store: ShowStore;
  show: Show;
  own: OwnTracks;
  danmaku: boolean;
}

interface OnStage {
  readonly key: string;
  readonly label: string;
  readonly userId: string;
  /** Undefined is oneself. */
  readonly url: string | undefined;
  readonly stranger?: boolean;
}

/** The show itself: streamer, co-hosts and the other side of a PK, and what flies over them. */
export function LiveStage({ store, show, own, danmaku }: LiveStageProps) {
  const stage = useRef<HTMLDivElement>(null);
  const size = useStageSize(stage);
  const people = onStage(show);
  const inPk = show.contest !== undefined;
  const places = size === undefined ? [] : (inPk ? gridLayout : focusLayout)(people.length, size);
  return (
    <div className="stage live-stage" data-testid="live-stage" data-status={show.live.status}>
      {show.contest && <PkBar contest={show.contest} roomId={show.room.room_id} />}
      <div className="live-tiles" ref={stage}>
        {people.map((person, index) => {
          const place = places[index];
          if (place === undefined) return null;
          if (person.url === undefined) {
            const label = `${person.label} (you)`;
            return <MemberTile key={person.key} place={place} label={label} identity={person.userId} video={own.video} audio={own.audio} own />;
          }
          const media = person.stranger ? undefined : (show.users.get(person.userId)?.media ?? NO_MEDIA);
          return (
            <RemoteTile
              key={person.key}
              store={store}
              place={place}
              label={person.label}
              identity={person.userId}
              url={person.url}
              media={media}
            />
          );
        })}
      </div>
      {danmaku && <DanmakuLayer client={store.client} />}
      <GiftBanners combos={show.combos} />
      <StageCover show={show} />
    </div>
  );
}

const NO_MEDIA = { audio: false, video: false, screen: false };

function onStage(show: Show): OnStage[] {
  const { live, self, room, coHosts, contest } = show;
  const member = (userId: string, label: string): OnStage => ({
    key: userId,
    label,
    userId,
    url: userId === self.user_id ? undefined : whepUrl(room.room_id, userId),
  });
  const rival = contest?.theirs;
  return [
    member(live.streamer_id, isHost(show) ? self.user_name : live.streamer_name),
    ...(rival?.whep_url !== undefined
      ? [{ key: `pk ${rival.room_id}`, label: rival.streamer?.user_name ?? rival.room_id, userId: rival.streamer?.user_id ?? "", url: rival.whep_url, stranger: true }]
      : []),
    ...coHosts.map(({ user_id, user_name }) => member(user_id, user_name)),
  ];
}
