import { useCallback, useSyncExternalStore } from "react";

import { parseRoute, type Route } from "./route";

const NAVIGATED = "roomful:navigated";

/** The address as a route, and how to go to another one without loading the page anew. */
export function useRoute(): [Route, (path: string) => void] {
  const address = useSyncExternalStore(subscribe, () => window.location.href);
  const navigate = useCallback((path: string) => {
    window.history.pushState(null, "", path);
    window.dispatchEvent(new Event(NAVIGATED));
  }, []);
  return [parseRoute(new URL(address)), navigate];
}

function subscribe(changed: () => void): () => void {
  for (const event of ["popstate", NAVIGATED]) window.addEventListener(event, changed);
  return () => {
    for (const event of ["popstate", NAVIGATED]) window.removeEventListener(event, changed);
  };
}
