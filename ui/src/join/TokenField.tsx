import { useState } from "react";

import { readClaims, type TokenClaims } from "../session/accessToken";

/** For servers that hand out no tokens themselves: paste one that the room's owner gave you. */
export function TokenField({ onToken }: { onToken: (token: string) => void }) {
  const [text, setText] = useState("");
  const claims = readClaims(text);
  return (
    <div className="field token-field">
      <label htmlFor="access-token">Access token</label>
      <textarea
        id="access-token"
        data-testid="access-token"
        rows={3}
        spellCheck={false}
        autoComplete="off"
        placeholder="eyJ…"
        value={text}
        aria-describedby="access-token-hint"
        onChange={(event) => setText(event.target.value)}
      />
      <p className="hint" id="access-token-hint" aria-live="polite">
        {hint(text, claims)}
      </p>
      <button type="button" className="button" disabled={claims === undefined} onClick={() => onToken(text.trim())} data-testid="use-token">
        Use this token
      </button>
    </div>
  );
}

function hint(text: string, claims: TokenClaims | undefined): string {
  if (!text.trim()) return "The owner of the room makes one, for example with “roomful token create”.";
  if (claims === undefined) return "This is not an access token: it should have three parts with dots between them.";
  return claims.room === undefined ? "This token names no room." : `This token is for the room “${claims.room}”.`;
}
