import { DisconnectReason } from "livekit-client";

/** How a visit ended, for the person who was in the room. */
export interface Farewell {
  readonly title: string;
  readonly detail?: string;
}

const FAREWELLS: Partial<Record<DisconnectReason, Farewell>> = {
  [DisconnectReason.CLIENT_INITIATED]: { title: "You left the room" },
  [DisconnectReason.DUPLICATE_IDENTITY]: {
    title: "You joined from somewhere else",
    detail: "The same access token was used in another tab or on another device; only the newest visit stays.",
  },
  [DisconnectReason.SERVER_SHUTDOWN]: { title: "The server is restarting", detail: "Rejoin in a moment." },
  [DisconnectReason.PARTICIPANT_REMOVED]: { title: "You were removed from the room" },
  [DisconnectReason.ROOM_DELETED]: { title: "The room was closed" },
  [DisconnectReason.ROOM_CLOSED]: { title: "The room was closed" },
  [DisconnectReason.JOIN_FAILURE]: {
    title: "The connection could not be made",
    detail: "Media did not get through. A firewall that blocks UDP and TCP to the server is the usual reason.",
  },
};

const CONNECTION_LOST: Farewell = {
  title: "The connection was lost",
  detail: "Reconnecting did not succeed. Check your network, then rejoin.",
};

export function farewell(reason: DisconnectReason | undefined): Farewell {
  return (reason === undefined ? undefined : FAREWELLS[reason]) ?? CONNECTION_LOST;
}
