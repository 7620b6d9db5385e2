import { useState } from "react";

import type { Line } from "../chat/line";

/** How many lines somebody else wrote while the chat was closed. */
export function useUnread(lines: readonly Line[], self: string, open: boolean): number {
  const [read, setRead] = useState(0);
  const theirs = lines.filter(({ userId }) => userId !== self).length;
  if (open && read !== theirs) setRead(theirs);
  return open ? 0 : Math.max(0, theirs - read);
}
