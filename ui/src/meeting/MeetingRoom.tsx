import { useLocalParticipantPermissions, useParticipants } from "@livekit/components-react";
import { useState } from "react";

import { ChatPanel } from "../chat/ChatPanel";
import { PeoplePanel } from "../people/PeoplePanel";
import { TileStage } from "../tiles/TileStage";
import { Captions } from "./conduct/Captions";
import { ConductPanel } from "./conduct/ConductPanel";
import type { ConductStore } from "./conduct/ConductStore";
import { MeetingSigns } from "./conduct/MeetingSigns";
import { SpeakerClock } from "./conduct/SpeakerClock";
import { useConduct } from "./conduct/useConduct";
import { ConnectionBanner } from "./ConnectionBanner";
import { ControlBar } from "./ControlBar";
import { DebugPanel } from "./DebugPanel";
import { DevicePanel } from "./DevicePanel";
import { MeetingHeader } from "./MeetingHeader";
import { PANELS, type PanelName } from "./panels";
import { SoundBlocked } from "./SoundBlocked";
import { useAnnouncements } from "./useAnnouncements";
import { useRoomChat } from "./useRoomChat";

interface MeetingRoomProps {
  roomName: string;
  /** Name of the breakout room one is in. */
  breakout: string | undefined;
  store: ConductStore;
  onLeave: () => void;
}

export function MeetingRoom({ roomName, breakout, store, onLeave }: MeetingRoomProps) {
  const [panel, setPanel] = useState<PanelName>();
  const permissions = useLocalParticipantPermissions();
  const chat = useRoomChat(panel === "chat");
  useAnnouncements();
  const conduct = useConduct(store);
  const participants = useParticipants();
  const nameOf = (userId: string | undefined) => participants.find(({ identity }) => identity === userId)?.name ?? userId ?? "";

  const close = () => setPanel(undefined);
  return (
    <div className="meeting" data-testid="meeting" data-conducted={conduct !== undefined} data-panel={panel ?? "none"}>
      <MeetingHeader roomName={roomName} breakout={breakout}>{conduct && <MeetingSigns meeting={conduct.meeting} />}</MeetingHeader>
      <ConnectionBanner />
      <SoundBlocked />
      {conduct && <SpeakerClock meeting={conduct.meeting} name={nameOf(conduct.meeting.speaker?.user_id)} />}
      <main className="meeting-body">
        <TileStage onShowEverybody={() => setPanel("people")} />
        {panel === "chat" && (
          <ChatPanel
            id={PANELS.chat}
            messages={chat.messages}
            writable={permissions?.canPublishData ?? true}
            onSend={chat.send}
            onClose={close}
          />
        )}
        {panel === "people" && <PeoplePanel id={PANELS.people} conduct={conduct} onClose={close} />}
        {panel === "conduct" && conduct && <ConductPanel id={PANELS.conduct} conduct={conduct} onClose={close} />}
        {panel === "debug" && <DebugPanel id={PANELS.debug} onClose={close} />}
        {panel === "devices" && <DevicePanel id={PANELS.devices} onClose={close} />}
      </main>
      {conduct && <Captions captions={conduct.meeting.captions} />}
      <ControlBar
        conduct={conduct}
        panel={panel}
        onPanel={(name) => setPanel(panel === name ? undefined : name)}
        unread={chat.unread}
        mayPublish={permissions?.canPublish ?? true}
        onLeave={onLeave}
      />
    </div>
  );
}
