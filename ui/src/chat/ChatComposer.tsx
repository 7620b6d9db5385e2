import { useRef, useState, type KeyboardEvent, type SubmitEvent } from "react";

import { Icon } from "../interface/Icon";

/** Longest message the field takes, characters. */
const LIMIT = 4000;

interface ChatComposerProps {
  writable: boolean;
  /** Characters. */
  limit?: number;
  placeholder?: string;
  onSend: (text: string) => Promise<void>;
}

/** Enter sends, Shift + Enter starts a new line. A message that could not be sent stays in the field. */
export function ChatComposer({ writable, limit = LIMIT, placeholder = "Write to everybody", onSend }: ChatComposerProps) {
  const [text, setText] = useState("");
  const [sending, setSending] = useState(false);
  const form = useRef<HTMLFormElement>(null);

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const message = text.trim();
    if (!message || sending) return;
    setSending(true);
    try {
      await onSend(message);
      setText("");
    } catch {
      // The caller has told the visitor; the text is kept for another try.
    } finally {
      setSending(false);
    }
  };

  const onKeyDown = (event: KeyboardEvent) => {
    // While an input method composes a word, Enter chooses a candidate.
    if (event.key === "Enter" && !event.shiftKey && !event.nativeEvent.isComposing) {
      event.preventDefault();
      form.current?.requestSubmit();
    }
  };

  return (
    <form className="chat-composer" ref={form} onSubmit={(event) => void submit(event)}>
      <textarea
        aria-label="Message"
        placeholder={writable ? placeholder : "You may read only"}
        data-testid="chat-input"
        data-autofocus
        rows={2}
        maxLength={limit}
        dir="auto"
        value={text}
        disabled={!writable}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={onKeyDown}
      />
      <button className="icon-button accent" aria-label="Send" title="Send" data-testid="chat-send" disabled={!writable || sending || !text.trim()}>
        <Icon name="send" />
      </button>
    </form>
  );
}
