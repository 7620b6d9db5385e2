import { SocketClient, type Status } from "../../roomclient/SocketClient";
import { sameOriginServer } from "../../session/tokenSource";
import type { WorkplaceMessage } from "../messages";
import { workplaceAfter, type Workplace } from "./workplace";

export interface WorkplaceNow {
  readonly status: Status;
  /** Absent before the first answer. */
  readonly workplace: Workplace | undefined;
}

/** An agent's connection to the workplace, and what it has told. specs/monibuca-rooms.md §8.4. */
export class WorkplaceClient extends SocketClient<WorkplaceMessage> {
  private now: WorkplaceNow = { status: { at: "connecting" }, workplace: undefined };
  private readonly readers = new Set<() => void>();

  constructor(
    readonly token: string,
    openSocket?: (url: string) => WebSocket,
  ) {
    super({ url: addressOf(token), welcome: "workplace", envelope: {} }, openSocket);
    this.onMessage((message) => {
      this.set({ ...this.now, workplace: workplaceAfter(this.now.workplace, message, Date.now()) });
    });
    this.onStatus((status) => this.set({ ...this.now, status }));
  }

  readonly subscribe = (reader: () => void): (() => void) => {
    this.readers.add(reader);
    return () => void this.readers.delete(reader);
  };

  readonly snapshot = (): WorkplaceNow => this.now;

  /** Leave the desk; the agent is offline half a minute later. */
  close(): void {
    this.depart();
  }

  private set(now: WorkplaceNow): void {
    this.now = now;
    for (const reader of [...this.readers]) reader();
  }
}

function addressOf(token: string): string {
  const url = new URL("/customer-service/agent/ws", sameOriginServer(window.location.origin));
  url.searchParams.set("token", token);
  return url.href;
}
