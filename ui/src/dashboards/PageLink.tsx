import type { MouseEvent, ReactNode } from "react";

import { useAdmission } from "./admission";

/** A link to another page of the dashboards, without loading everything anew. */
export function PageLink({ to, testid, children }: { to: string; testid?: string; children: ReactNode }) {
  const { navigate } = useAdmission();
  const follow = (event: MouseEvent) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return; // another tab, as with any link
    event.preventDefault();
    navigate(to);
  };
  return (
    <a href={to} onClick={follow} dir="auto" data-testid={testid}>
      {children}
    </a>
  );
}
