import { useCallback, useState } from "react";

import { loadPreferences, savePreferences, type Preferences } from "./preferences";

/** What this visitor chose, and how to choose otherwise. */
export function usePreferences(): [Preferences, (change: Partial<Preferences>) => void] {
  const [preferences, setPreferences] = useState(() => loadPreferences());
  const change = useCallback(
    (changes: Partial<Preferences>) =>
      setPreferences((current) => {
        const changed = { ...current, ...changes };
        savePreferences(changed);
        return changed;
      }),
    [],
  );
  return [preferences, change];
}
