/** About how long somebody will have to wait. `seconds` is an estimate. */
export function waitWords(seconds: number): string {
  if (seconds <= 0) return "You are about to be called.";
  if (seconds <= 60) return "It will take about a minute.";
  return `It will take about ${Math.round(seconds / 60)} minutes.`;
}

/** Why a session ended, for the customer. */
export const CUSTOMER_ENDINGS: Readonly<Record<string, string>> = {
  agent_hangup: "The call has ended.",
  customer_hangup: "You ended the call.",
  timeout: "The call has reached its longest time.",
  deleted: "The call was ended.",
  abandoned: "You left the queue.",
  no_agent: "Nobody was free in time. Please try again later.",
  rejected: "Nobody can take your call now. Please try again later.",
  failed: "The call was cut off. Please call again.",
};

/** Why a session ended, for agents. */
export const AGENT_ENDINGS: Readonly<Record<string, string>> = {
  agent_hangup: "ended by agent",
  customer_hangup: "ended by customer",
  timeout: "time over",
  deleted: "closed",
  abandoned: "gave up waiting",
  no_agent: "nobody answered",
  rejected: "sent away",
  failed: "cut off",
};
