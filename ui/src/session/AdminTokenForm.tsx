import { useState, type SubmitEvent } from "react";

/** For pages of administrators. */
export function AdminTokenForm({ onToken }: { onToken: (token: string) => void }) {
  const [text, setText] = useState("");
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    onToken(text.trim());
  };
  return (
    <form className="prejoin-form" onSubmit={submit}>
      <div className="field">
        <label htmlFor="admin-token">Admin token</label>
        <input id="admin-token" data-testid="admin-token" type="password" autoComplete="off" required value={text} onChange={(event) => setText(event.target.value)} />
      </div>
      <div className="button-row">
        <button className="button accent" data-testid="use-admin-token">
          Continue
        </button>
      </div>
    </form>
  );
}
