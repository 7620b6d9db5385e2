import { useEffect, useRef, type ReactNode } from "react";

import { Logo } from "../interface/Logo";
import { DASHBOARD, SERVER_DASHBOARD } from "../routing/route";
import { PageLink } from "./PageLink";

interface DashboardFrameProps {
  title: ReactNode;
  /** Of the browser's tab. */
  tabTitle: string;
  /** The pages above this one. */
  above?: ReactNode;
  tools?: ReactNode;
  trouble: string | undefined;
  partial?: boolean | undefined;
  testid: string;
  children: ReactNode;
}

/** Where one is, the way back up, and whether what one sees is true. */
export function DashboardFrame({ title, tabTitle, above, tools, trouble, partial, testid, children }: DashboardFrameProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${tabTitle} · roomful`;
    heading.current?.focus();
  }, [tabTitle]);
  return (
    <div className="dashboard" data-testid={testid}>
      <header className="dashboard-header">
        <nav className="dashboard-path" aria-label="Dashboards">
          <Logo />
          <PageLink to={DASHBOARD} testid="to-site">
            All rooms
          </PageLink>
          {above}
          <PageLink to={SERVER_DASHBOARD} testid="to-server">
            Server
          </PageLink>
        </nav>
        <div className="dashboard-title">
          <h1 ref={heading} tabIndex={-1}>
            {title}
          </h1>
          {tools}
        </div>
      </header>
      <p className="trouble" role="status" data-testid="dashboard-trouble" data-shown={trouble !== undefined}>
        {trouble === undefined ? "" : `${trouble} Below is what was known before; asking again by itself.`}
      </p>
      {partial === true && <p className="trouble">The server’s database is away: older reports are missing until it is back.</p>}
      <main className="dashboard-main">{children}</main>
    </div>
  );
}
