import { useEffect } from "react";

/** When the browser says that the network is back, a client does not wait for its next attempt. */
export function useRetryOnline(client: { retryNow(): void }): void {
  useEffect(() => {
    const retry = () => client.retryNow();
    window.addEventListener("online", retry);
    return () => window.removeEventListener("online", retry);
  }, [client]);
}
