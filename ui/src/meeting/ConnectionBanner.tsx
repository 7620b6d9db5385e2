import { useConnectionState } from "@livekit/components-react";
import { ConnectionState } from "livekit-client";

const MESSAGES: Record<ConnectionState, string> = {
  [ConnectionState.Connected]: "",
  [ConnectionState.Connecting]: "Connecting…",
  [ConnectionState.Reconnecting]: "Connection lost. Reconnecting…",
  [ConnectionState.SignalReconnecting]: "Connection unstable. Reconnecting…",
  [ConnectionState.Disconnected]: "Disconnected",
};

/** Tells that the connection is being repaired; empty while all is well, so that screen readers hear the change. */
export function ConnectionBanner() {
  const state = useConnectionState();
  const message = MESSAGES[state];
  return (
    <div className="banner" role="status" data-testid="connection-banner" data-state={state} data-shown={message !== ""}>
      {message}
    </div>
  );
}
