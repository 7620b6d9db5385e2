import { splitLinks } from "./links";

/** A message as text; its web addresses are links. Nothing of it is ever read as HTML. */
export function ChatText({ message }: { message: string }) {
  return splitLinks(message).map((run, index) =>
    run.href === undefined ? (
      run.text
    ) : (
      <a key={index} href={run.href} target="_blank" rel="noopener noreferrer">
        {run.text}
      </a>
    ),
  );
}
