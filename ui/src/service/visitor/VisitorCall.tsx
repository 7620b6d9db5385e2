import { useEffect, useState } from "react";

import { CaptureButtons } from "../../devices/CaptureButtons";
import { Icon } from "../../interface/Icon";
import { Logo } from "../../interface/Logo";
import { RecordingSign } from "../../interface/RecordingSign";
import { ToggleButton } from "../../interface/ToggleButton";
import type { PreviewState } from "../../join/usePreview";
import { SoundContext, useSound } from "../../roommedia/sound";
import { SoundBlockedButton } from "../../roommedia/SoundBlockedButton";
import { useRoomStore } from "../../roommedia/useRoomStore";
import type { Preferences } from "../../session/preferences";
import type { Call } from "../call";
import { CallChat } from "../CallChat";
import { CallClock } from "../CallClock";
import { CallStage } from "../CallStage";
import type { CallStore } from "../CallStore";
import type { CallMedia } from "../messages";
import { useAnnouncedCall } from "../useAnnouncedCall";
import { useCallMedia } from "../useCallMedia";
import { useRetryOnline } from "../../roommedia/useRetryOnline";
import { useServiceAsking } from "../useServiceAsking";
import { useUnread } from "../useUnread";
import { CUSTOMER_ENDINGS } from "../words";
import { goodbyeAfter, type Goodbye } from "./goodbye";
import { QueueCard } from "./QueueCard";
import { RatingCard } from "./RatingCard";

interface VisitorCallProps {
  store: CallStore;
  preview: PreviewState;
  onPreferences: (change: Partial<Preferences>) => void;
  /** Whether the camera is needed. */
  onMedia: (media: CallMedia) => void;
  onOver: (goodbye: Goodbye) => void;
}

/** In line, in the call, and asked for stars. */
export function VisitorCall({ store, onMedia, onOver, ...rest }: VisitorCallProps) {
  const { status, state: call } = useRoomStore(store);
  useAnnouncedCall(store);
  useRetryOnline(store.client);

  const media = call?.media;
  useEffect(() => {
    if (media !== undefined) onMedia(media);
  }, [media, onMedia]);

  const ending = call?.ending;
  useEffect(() => {
    if (status.at === "ended") onOver(goodbyeAfter(status, ending));
    else if (ending !== undefined && !ending.mayRate) onOver({ title: "Goodbye", detail: CUSTOMER_ENDINGS[ending.reason] ?? "" });
  }, [status, ending, onOver]);

  if (call === undefined) return null;
  if (ending !== undefined) {
    return (
      <RatingCard
        agentName={call.agent?.name}
        duration={ending.duration}
        onRate={(score, comment) => store.client.request("rate_call", { score, comment })}
        onDone={(rated) => onOver({ title: "Thank you", detail: rated ? "We have your stars." : "Goodbye." })}
      />
    );
  }
  return <OnCall store={store} call={call} reconnecting={status.at === "reconnecting"} {...rest} />;
}

type OnCallProps = Pick<VisitorCallProps, "store" | "preview" | "onPreferences"> & { call: Call; reconnecting: boolean };

function OnCall({ store, call, reconnecting, preview, onPreferences }: OnCallProps) {
  const [chat, setChat] = useState(false);
  const ask = useServiceAsking();
  const sound = useSound();
  const { own, publishing } = useCallMedia(store, call, preview);
  const unread = useUnread(call.lines, call.self.user_id, chat);
  const waits = call.standing === "queued";
  const banner = reconnecting
    ? "Connection lost. Reconnecting…"
    : publishing === "retrying"
      ? "Your voice does not get through. Trying again…"
      : call.endsAt !== undefined
        ? "This call will end within a minute."
        : "";
  return (
    <div className="meeting live call" data-testid="visitor-call" data-standing={call.standing} data-panel={chat ? "chat" : "none"}>
      <header className="meeting-header">
        <Logo />
        <h1 className="meeting-name" dir="auto">
          {waits ? "Customer service" : (call.agent?.name ?? "Customer service")}
        </h1>
        {call.room.recording && <RecordingSign />}
        {call.since !== undefined && !waits && <CallClock since={call.since} />}
      </header>
      <div className="banner" role="status" data-testid="call-banner" data-shown={banner !== ""}>
        {banner}
      </div>
      <SoundBlockedButton sound={sound} />
      <main className="meeting-body">
        {waits ? (
          <QueueCard place={call.place} preview={preview} name={call.self.user_name} />
        ) : (
          <div className="live-main">
            <SoundContext value={sound.context}>
              <CallStage store={store} call={call} own={own} cover={coverOf(call)} />
            </SoundContext>
          </div>
        )}
        {chat && <CallChat id="call-chat" store={store} call={call} onClose={() => setChat(false)} />}
      </main>
      <footer className="control-bar" aria-label="Call controls">
        <CaptureButtons preview={preview} withCamera={call.media === "video"} onPreferences={onPreferences} />
        {!waits && (
          <ToggleButton
            icon={<Icon name="chat" />}
            label={unread > 0 ? `Chat, ${unread} unread` : "Chat"}
            pressed={chat}
            onToggle={() => setChat(!chat)}
            testId="toggle-chat"
            controls="call-chat"
            badge={unread}
          />
        )}
        <button type="button" className="icon-button danger leave" onClick={() => void ask(store.client.request("end_call"))} data-testid="end-call">
          <Icon name="leave" />
          <span>{waits ? "Leave the queue" : "End the call"}</span>
        </button>
      </footer>
    </div>
  );
}

function coverOf(call: Call): { title: string; detail: string } | undefined {
  if (call.standing === "connecting") return { title: `${call.agent?.name ?? "Somebody"} takes your call`, detail: "You are being connected." };
  if (call.standing !== "held") return undefined;
  return { title: "You are on hold", detail: call.holdMusic ? "There is music until it goes on." : "Nobody hears or sees you until it goes on." };
}
