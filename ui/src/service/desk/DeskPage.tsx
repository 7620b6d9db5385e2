import { useEffect, useState, useSyncExternalStore } from "react";

import { usePreview } from "../../join/usePreview";
import { useRetryOnline } from "../../roommedia/useRetryOnline";
import { usePreferences } from "../../session/usePreferences";
import { useServiceAsking } from "../useServiceAsking";
import { DeskCall } from "./DeskCall";
import { DeskHeader } from "./DeskHeader";
import { DeskPanel } from "./DeskPanel";
import { DeskButtons } from "./DeskButtons";
import { IdleDesk } from "./IdleDesk";
import type { DeskPanelName } from "./panels";
import { RingCard } from "./RingCard";
import { useAnsweredCall } from "./useAnsweredCall";
import { useRingtone } from "./useRingtone";
import type { WorkplaceClient } from "./WorkplaceClient";
import type { CallMedia, WayIn } from "../messages";

interface DeskPageProps {
  client: WorkplaceClient;
  /** The agent has logged out, or has to log in again. */
  onLeft: (reason: string | undefined) => void;
}

/** An agent's desk: the state, what rings, the call, and what is beside it. */
export function DeskPage({ client, onLeft }: DeskPageProps) {
  const { status, workplace } = useSyncExternalStore(client.subscribe, client.snapshot);
  const [panel, setPanel] = useState<DeskPanelName>();
  const [preferences, onPreferences] = usePreferences();
  const [media, setMedia] = useState<CallMedia>();
  const { store, enter } = useAnsweredCall(client);
  const ask = useServiceAsking();
  useRetryOnline(client);
  useRingtone(workplace?.ring !== undefined);
  const preview = usePreview({
    ...preferences,
    cameraOn: store !== undefined && media === "video" && preferences.cameraOn,
    microphoneOn: store !== undefined && preferences.microphoneOn,
  });

  useEffect(() => {
    if (status.at === "ended") onLeft(status.ending === "left" ? undefined : "You were logged out. Please log in again.");
  }, [status, onLeft]);

  if (workplace === undefined) return null;
  const { ring } = workplace;
  const answer = async (wanted: CallMedia) => {
    if (ring === undefined) return;
    setMedia(wanted);
    await ask(
      client.request("accept_call", { session_id: ring.session_id, media: wanted }).then((ack) => enter(ack as unknown as WayIn)),
    );
  };
  const toggle = (name: DeskPanelName) => setPanel(panel === name ? undefined : name);
  const close = () => setPanel(undefined);
  const buttons = <DeskButtons panel={panel} onPanel={toggle} waiting={workplace.waiting} />;
  const shown = panel === undefined ? null : <DeskPanel name={panel} client={client} workplace={workplace} store={store} onClose={close} />;
  return (
    <div className="meeting live call desk" data-testid="desk" data-state={workplace.me.state} data-panel={panel ?? "none"}>
      <DeskHeader client={client} workplace={workplace} store={store} />
      <div className="banner" role="status" data-testid="desk-banner" data-shown={status.at === "reconnecting"}>
        {status.at === "reconnecting" ? "Connection lost. Reconnecting…" : ""}
      </div>
      {ring !== undefined && (
        <RingCard
          ring={ring}
          onAnswer={(wanted) => void answer(wanted)}
          onReject={() => void ask(client.request("reject_call", { session_id: ring.session_id }))}
        />
      )}
      {store === undefined ? (
        <IdleDesk client={client} workplace={workplace} buttons={buttons} panel={shown} />
      ) : (
        <DeskCall
          client={client}
          store={store}
          preview={preview}
          onPreferences={onPreferences}
          onMedia={setMedia}
          panel={panel}
          onPanel={toggle}
          buttons={buttons}
          shown={shown}
        />
      )}
    </div>
  );
}
