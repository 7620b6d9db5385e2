import { lazy, Suspense } from "react";

import { Notices } from "./interface/Notices";
import { MeetingVisit } from "./meeting/MeetingVisit";
import type { Route } from "./routing/route";
import { useRoute } from "./routing/useRoute";

const LiveVisit = lazy(async () => ({ default: (await import("./live/LiveVisit")).LiveVisit }));

const DashboardVisit = lazy(async () => ({ default: (await import("./dashboards/DashboardVisit")).DashboardVisit }));

const VisitorVisit = lazy(async () => ({ default: (await import("./service/visitor/VisitorVisit")).VisitorVisit }));
const SupervisorVisit = lazy(async () => ({ default: (await import("./service/supervisor/SupervisorVisit")).SupervisorVisit }));
const DeskVisit = lazy(async () => ({ default: (await import("./service/desk/DeskVisit")).DeskVisit }));

export function App() {
  const [route, navigate] = useRoute();
  return (
    <Notices>
      <Suspense>
        <Page route={route} navigate={navigate} />
      </Suspense>
    </Notices>
  );
}

function Page({ route, navigate }: { route: Route; navigate: (path: string) => void }) {
  switch (route.door) {
    case "meeting":
      return <MeetingVisit route={route} navigate={navigate} />;
    case "live":
    case "studio":
      return <LiveVisit key={`${route.door} ${route.room ?? ""}`} route={route} navigate={navigate} />;
    case "visitor":
      return <VisitorVisit route={route} navigate={navigate} />;
    case "desk":
      return <DeskVisit />;
    case "supervisor":
      return <SupervisorVisit />;
    case "dashboard":
      return <DashboardVisit route={route} navigate={navigate} />;
  }
}
