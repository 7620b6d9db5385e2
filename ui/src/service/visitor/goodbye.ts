import type { Status } from "../../roomclient/SocketClient";
import type { Ending } from "../call";
import { CUSTOMER_ENDINGS } from "../words";

/** How a customer's visit ended, for the customer. */
export interface Goodbye {
  readonly title: string;
  readonly detail: string;
}

/** After the connection has ended; `ending` is what was known of the call's end. */
export function goodbyeAfter(status: Extract<Status, { at: "ended" }>, ending: Ending | undefined): Goodbye {
  if (status.ending === "replaced") return { title: "The call goes on elsewhere", detail: "You opened the link in another window." };
  if (status.ending === "lost") return { title: "The connection was lost", detail: "Check your network, then call again." };
  if (ending !== undefined) return { title: "Goodbye", detail: CUSTOMER_ENDINGS[ending.reason] ?? "The call has ended." };
  return { title: "The call is over", detail: status.error?.message ?? "Thank you for calling." };
}
