import { useState, type SubmitEvent } from "react";

import { Logo } from "../../interface/Logo";

interface LoginPageProps {
  /** Why there is no way in, so far. */
  reason: string | undefined;
  onLogin: (username: string, password: string) => Promise<void>;
}

export function LoginPage({ reason, onLogin }: LoginPageProps) {
  const [username, setUsername] = useState("");
  const [password, setPassword] = useState("");
  const [busy, setBusy] = useState(false);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    await onLogin(username.trim(), password);
    setBusy(false);
  };
  return (
    <main className="page page-narrow" data-testid="desk-login">
      <form className="card prejoin-form" onSubmit={(event) => void submit(event)}>
        <p className="brand small">
          <Logo /> roomful
        </p>
        <h1>Your desk</h1>
        <div className="field">
          <label htmlFor="agent-username">User name</label>
          <input id="agent-username" data-testid="agent-username" autoComplete="username" required maxLength={64} value={username} onChange={(event) => setUsername(event.target.value)} />
        </div>
        <div className="field">
          <label htmlFor="agent-password">Password</label>
          <input id="agent-password" data-testid="agent-password" type="password" autoComplete="current-password" required maxLength={256} value={password} onChange={(event) => setPassword(event.target.value)} />
        </div>
        {reason !== undefined && (
          <p className="trouble" role="alert" data-testid="login-failure">
            {reason}
          </p>
        )}
        <div className="button-row">
          <button className="button accent" data-testid="login" aria-disabled={busy}>
            {busy ? "Logging in…" : "Log in"}
          </button>
        </div>
      </form>
    </main>
  );
}
