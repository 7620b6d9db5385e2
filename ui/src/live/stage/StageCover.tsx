import { isHost, type Show } from "../show";

/** Says over the picture why there is nothing to see; empty while there is, so that screen readers hear the change. */
export function StageCover({ show }: { show: Show }) {
  const words = coverWords(show);
  return (
    <div className="stage-cover" role="status" data-testid="stage-cover" data-shown={words !== undefined}>
      {words && (
        <>
          <strong>{words.title}</strong>
          <span>{words.detail}</span>
        </>
      )}
    </div>
  );
}

function coverWords(show: Show): { title: string; detail: string } | undefined {
  const host = isHost(show);
  switch (show.live.status) {
    case "Preparing":
      return host ? undefined : { title: "The show starts soon", detail: "Stay here: the picture comes by itself." };
    case "Paused":
      return host
        ? { title: "Paused", detail: "Viewers see and hear nothing of you. Resume when you are ready." }
        : { title: "The show is paused", detail: pausedDetail(show) };
    case "Ended":
      return { title: "The show is over", detail: "Thank you for being here." };
    default:
      return undefined;
  }
}

function pausedDetail({ pauseReason }: Show): string {
  return pauseReason === "host_offline" ? "The streamer lost the connection and may come back at any moment." : "The streamer is back in a moment. The chat goes on.";
}
