import { createContext, useContext } from "react";

/** What all dashboards share. */
export interface Admission {
  readonly token: string | undefined;
  /** The server wants another token. */
  readonly refuse: () => void;
  readonly navigate: (path: string) => void;
}

export const AdmissionContext = createContext<Admission>({ token: undefined, refuse: () => undefined, navigate: () => undefined });

export function useAdmission(): Admission {
  return useContext(AdmissionContext);
}
