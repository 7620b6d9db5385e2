import { useState } from "react";

import type { PreviewState } from "../join/usePreview";
import type { MediaState } from "../roomclient/MediaLine";
import type { Preferences } from "../session/preferences";
import { LiveControls } from "./LiveControls";
import { LiveHeader } from "./LiveHeader";
import type { OwnTracks } from "../roommedia/media";
import type { MicMedia } from "./messages";
import { GiftBar } from "./panels/GiftBar";
import { GuestsPanel } from "./panels/GuestsPanel";
import { Invitations } from "./panels/Invitations";
import { LiveChat } from "./panels/LiveChat";
import { MicPanel } from "./panels/MicPanel";
import { PkPanel } from "./panels/PkPanel";
import { LIVE_PANELS, type LivePanelName } from "./panels/livePanels";
import { ViewersPanel } from "./panels/ViewersPanel";
import { isHost, type Show } from "./show";
import type { ShowStore } from "./ShowStore";
import { LiveStage } from "./stage/LiveStage";
import { SoundContext, useSound } from "../roommedia/sound";
import { SoundBlockedButton } from "../roommedia/SoundBlockedButton";

interface ShowPageProps {
  store: ShowStore;
  show: Show;
  roomName: string;
  reconnecting: boolean;
  preview: PreviewState;
  own: OwnTracks;
  publishing: MediaState["at"];
  onPreferences: (change: Partial<Preferences>) => void;
  /** The visitor looks into the mirror before asking for the mic, or does not any more. */
  onAsking: (media: MicMedia | undefined) => void;
}

export function ShowPage({ store, show, roomName, reconnecting, preview, own, publishing, onPreferences, onAsking }: ShowPageProps) {
  const [panel, setPanel] = useState<LivePanelName>();
  const [danmaku, setDanmaku] = useState(true);
  const sound = useSound();
  const host = isHost(show);

  const open = (name: LivePanelName | undefined) => {
    setPanel(name);
    onAsking(name === "mic" ? "video" : undefined);
  };
  const close = () => open(undefined);
  const panelProps = { store, show, onClose: close };
  return (
    <div className="meeting live" data-testid="live-room" data-role={host ? "host" : "viewer"} data-panel={panel ?? "none"}>
      <LiveHeader show={show} roomName={roomName} />
      <div className="banner" role="status" data-testid="live-banner" data-shown={reconnecting || publishing === "retrying"}>
        {reconnecting ? "Connection lost. Reconnecting…" : publishing === "retrying" ? "Your picture does not get through. Trying again…" : ""}
      </div>
      <SoundBlockedButton sound={sound} />
      <main className="meeting-body">
        <div className="live-main">
          <SoundContext value={sound.context}>
            <LiveStage store={store} show={show} own={own} danmaku={danmaku} />
          </SoundContext>
          <Invitations store={store} show={show} onOpenMic={() => open("mic")} />
          {!host && <GiftBar store={store} show={show} />}
        </div>
        {panel === undefined && <LiveChat store={store} show={show} />}
        {panel === "viewers" && <ViewersPanel id={LIVE_PANELS.viewers} {...panelProps} />}
        {panel === "guests" && <GuestsPanel id={LIVE_PANELS.guests} {...panelProps} />}
        {panel === "pk" && <PkPanel id={LIVE_PANELS.pk} {...panelProps} />}
        {panel === "mic" && <MicPanel id={LIVE_PANELS.mic} {...panelProps} preview={preview} onPreferences={onPreferences} onAsking={onAsking} />}
      </main>
      <LiveControls
        store={store}
        show={show}
        preview={preview}
        onPreferences={onPreferences}
        panel={panel}
        onPanel={(name) => open(panel === name ? undefined : name)}
        danmaku={danmaku}
        onDanmaku={setDanmaku}
        muted={sound.context.muted}
        onMuted={sound.setMuted}
      />
    </div>
  );
}
