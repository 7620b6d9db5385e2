import type { ReceivedChatMessage } from "@livekit/components-react";

/** Attributes of messages that were written before one came; their author may have left. docs/how-to/meetings.md. */
const HISTORY = "roomful.history";
const NAME = "roomful.name";

/** Whether a message is from before one came. */
export function isHistory({ attributes }: Pick<ReceivedChatMessage, "attributes">): boolean {
  return attributes?.[HISTORY] === "true";
}

interface Authored {
  readonly from?: { readonly name?: string | undefined; readonly identity: string } | undefined;
  readonly attributes?: Readonly<Record<string, string>> | undefined;
}

export function authorName({ from, attributes }: Authored): string {
  return from?.name || from?.identity || attributes?.[NAME] || "Somebody";
}
