import { useEffect, type ReactNode } from "react";

import { CaptureButtons } from "../../devices/CaptureButtons";
import { Icon } from "../../interface/Icon";
import type { PreviewState } from "../../join/usePreview";
import { SoundContext, useSound } from "../../roommedia/sound";
import { SoundBlockedButton } from "../../roommedia/SoundBlockedButton";
import { useRetryOnline } from "../../roommedia/useRetryOnline";
import { useRoomStore } from "../../roommedia/useRoomStore";
import type { Preferences } from "../../session/preferences";
import { otherOf, type Call } from "../call";
import { CallStage } from "../CallStage";
import type { CallStore } from "../CallStore";
import type { CallMedia } from "../messages";
import { useAnnouncedCall } from "../useAnnouncedCall";
import { useCallMedia } from "../useCallMedia";
import { useServiceAsking } from "../useServiceAsking";
import { useUnread } from "../useUnread";
import { PanelButton } from "./DeskButtons";
import type { DeskPanelName } from "./panels";
import type { WorkplaceClient } from "./WorkplaceClient";

interface DeskCallProps {
  client: WorkplaceClient;
  store: CallStore;
  preview: PreviewState;
  onPreferences: (change: Partial<Preferences>) => void;
  /** Whether the camera is needed. */
  onMedia: (media: CallMedia) => void;
  panel: DeskPanelName | undefined;
  onPanel: (name: DeskPanelName) => void;
  buttons: ReactNode;
  shown: ReactNode;
}

/** The call at a desk. */
export function DeskCall({ store, onMedia, ...rest }: DeskCallProps) {
  const { status, state: call } = useRoomStore(store);
  useAnnouncedCall(store);
  useRetryOnline(store.client);
  const media = call?.media;
  useEffect(() => {
    if (media !== undefined) onMedia(media);
  }, [media, onMedia]);
  return call === undefined ? <main className="meeting-body" /> : <Talking store={store} call={call} reconnecting={status.at === "reconnecting"} {...rest} />;
}

type TalkingProps = Omit<DeskCallProps, "onMedia"> & { call: Call; reconnecting: boolean };

function Talking({ client, store, call, reconnecting, preview, onPreferences, panel, onPanel, buttons, shown }: TalkingProps) {
  const ask = useServiceAsking();
  const sound = useSound();
  const { own, publishing } = useCallMedia(store, call, preview);
  const unread = useUnread(call.lines, call.self.user_id, panel === "chat");
  const held = call.standing === "held";
  const act = (action: string) => void ask(client.request(action, { session_id: store.sessionId }));
  const banner = reconnecting
    ? "Connection lost. Reconnecting…"
    : publishing === "retrying"
      ? "Your voice does not get through. Trying again…"
      : call.transferTo !== undefined
        ? `Calling ${call.transferTo.name}…`
        : "";
  return (
    <>
      <div className="banner" role="status" data-testid="call-banner" data-shown={banner !== ""}>
        {banner}
      </div>
      <SoundBlockedButton sound={sound} />
      <main className="meeting-body">
        <div className="live-main">
          <SoundContext value={sound.context}>
            <CallStage store={store} call={call} own={own} cover={coverOf(call)} />
          </SoundContext>
        </div>
        {shown}
      </main>
      <footer className="control-bar" aria-label="Call controls">
        <CaptureButtons preview={preview} withCamera={call.media === "video"} onPreferences={onPreferences} />
        <button
          type="button"
          className="icon-button"
          data-tone="plain"
          aria-pressed={held}
          aria-label={held ? "Resume the call" : "Hold the call"}
          title={held ? "Resume the call" : "Hold the call"}
          onClick={() => act(held ? "resume_call" : "hold_call")}
          data-testid={held ? "resume-call" : "hold-call"}
        >
          <Icon name={held ? "play" : "pause"} />
        </button>
        <PanelButton name="transfer" icon="people" label="Hand the call over" panel={panel} onPanel={onPanel} />
        <PanelButton name="audio" icon="speaker" label="Play a sound to the customer" panel={panel} onPanel={onPanel} />
        <PanelButton name="chat" icon="chat" label={unread > 0 ? `Chat, ${unread} unread` : "Chat"} badge={unread} panel={panel} onPanel={onPanel} />
        {buttons}
        <button type="button" className="icon-button danger leave" onClick={() => act("end_call")} data-testid="end-call">
          <Icon name="leave" />
          <span className="leave-word">End the call</span>
        </button>
      </footer>
    </>
  );
}

function coverOf(call: Call): { title: string; detail: string } | undefined {
  if (call.standing === "held") return { title: "On hold", detail: "Neither of you hears or sees the other." };
  if (otherOf(call) === undefined) return { title: "The customer is away", detail: "They have half a minute to come back." };
  return undefined;
}
