import { useLocalParticipantPermissions } from "@livekit/components-react";
import { useState } from "react";

import { ChatPanel } from "../chat/ChatPanel";
import { PeoplePanel } from "../people/PeoplePanel";
import { TileStage } from "../tiles/TileStage";
import { ConnectionBanner } from "./ConnectionBanner";
import { ControlBar } from "./ControlBar";
import { DevicePanel } from "./DevicePanel";
import { MeetingHeader } from "./MeetingHeader";
import { PANELS, type PanelName } from "./panels";
import { SoundBlocked } from "./SoundBlocked";
import { useAnnouncements } from "./useAnnouncements";
import { useRoomChat } from "./useRoomChat";

interface MeetingRoomProps {
  roomName: string;
  onLeave: () => void;
}

export function MeetingRoom({ roomName, onLeave }: MeetingRoomProps) {
  const [panel, setPanel] = useState<PanelName>();
  const permissions = useLocalParticipantPermissions();
  const chat = useRoomChat(panel === "chat");
  useAnnouncements();

  const close = () => setPanel(undefined);
  return (
    <div className="meeting" data-testid="meeting" data-panel={panel ?? "none"}>
      <MeetingHeader roomName={roomName} />
      <ConnectionBanner />
      <SoundBlocked />
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
        {panel === "people" && <PeoplePanel id={PANELS.people} onClose={close} />}
        {panel === "devices" && <DevicePanel id={PANELS.devices} onClose={close} />}
      </main>
      <ControlBar
        panel={panel}
        onPanel={(name) => setPanel(panel === name ? undefined : name)}
        unread={chat.unread}
        mayPublish={permissions?.canPublish ?? true}
        onLeave={onLeave}
      />
    </div>
  );
}
