/**
 * Something the room server refused, or did not answer.
 *
 * `code` and `word` are those of specs/monibuca-rooms.md §2.3. What happens on this side has code 0 and the words
 * `timeout`, `disconnected` (ask again when the connection is back), `unreachable` and `closed`.
 */
export class RoomError extends Error {
  override readonly name = "RoomError";

  constructor(
    readonly code: number,
    readonly word: string,
    message: string,
    readonly detail: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
  }
}

export const timedOut = () => new RoomError(0, "timeout", "The server did not answer in time.");
export const disconnected = () => new RoomError(0, "disconnected", "The connection is being repaired. Try again in a moment.");
export const unreachable = () =>
  new RoomError(0, "unreachable", "The room server does not answer. Check that it is running and that you are online.");
export const closed = () => new RoomError(0, "closed", "You are not in the room any more.");
