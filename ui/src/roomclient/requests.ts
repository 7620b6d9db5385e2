import { RoomError, timedOut } from "./errors";
import type { Ack, Refusal } from "./messages";

/** Most requests that may wait for their answer at a time: a page that asks more often has lost its mind. */
const LIMIT = 200;

interface Waiting {
  readonly resolve: (ack: Ack) => void;
  readonly reject: (error: RoomError) => void;
  readonly timer: ReturnType<typeof setTimeout>;
}

/** Requests that wait for the `ack` or `error` that repeats their `seq`. specs/monibuca-rooms.md §2.1. */
export class Requests {
  private next = 1;
  private readonly waiting = new Map<number, Waiting>();

  /** `send` gets the number. The promise is rejected with a RoomError after `patience` milliseconds. */
  ask(send: (seq: number) => void, patience: number): Promise<Ack> {
    if (this.waiting.size >= LIMIT) {
      return Promise.reject(new RoomError(0, "timeout", "Too many requests wait for an answer."));
    }
    const seq = this.next++;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.waiting.delete(seq);
        reject(timedOut());
      }, patience);
      this.waiting.set(seq, { resolve, reject, timer });
      send(seq);
    });
  }

  /** Whether somebody waited for it. */
  settle(answer: Ack | Refusal): boolean {
    const seq = Number(answer.seq);
    const waiting = this.waiting.get(seq);
    if (waiting === undefined) return false;
    this.waiting.delete(seq);
    clearTimeout(waiting.timer);
    if (answer.action === "ack") waiting.resolve(answer);
    else waiting.reject(errorOf(answer));
    return true;
  }

  /** Nobody will answer any more. */
  rejectAll(error: RoomError): void {
    for (const { reject, timer } of this.waiting.values()) {
      clearTimeout(timer);
      reject(error);
    }
    this.waiting.clear();
  }
}

export function errorOf({ code, error, message, detail }: Refusal): RoomError {
  return new RoomError(code, error, message, detail);
}
