import type { ReactNode } from "react";

import { Logo } from "../interface/Logo";
import { TokenField } from "./TokenField";
import type { JoinFailure } from "../session/joinFailure";

interface EntranceFormProps {
  /** The access token names the visitor. */
  nameFixed?: boolean;
  entering: boolean;
  failure: JoinFailure | undefined;
  /** Where an access token may help. */
  onToken?: (token: string) => void;
  heading: ReactNode;
  name: string;
  /** Absent: somebody else has said the name. */
  onName?: (name: string) => void;
  onSubmit: () => void;
  submit: string;
  children?: ReactNode;
  after?: ReactNode;
}

/** Longest name a member of a room may have, characters (specs/monibuca-rooms.md §3.3). */
const NAME_LIMIT = 64;

/** The last step before a room: the name, whatever the page asks beside, and what stands in the way. */
export function EntranceForm({ heading, name, onName, nameFixed = false, entering, failure, onToken, onSubmit, submit, children, after }: EntranceFormProps) {
  return (
    <form
      className="card prejoin-form"
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit();
      }}
    >
      <p className="brand small">
        <Logo /> roomful
      </p>
      {heading}
      {nameFixed && (
        <p className="hint">
          Your access token names you <strong dir="auto">{name}</strong>.
        </p>
      )}
      {!nameFixed && onName !== undefined && (
        <div className="field">
          <label htmlFor="entrance-name">Your name</label>
          <input
            id="entrance-name"
            data-testid="entrance-name"
            autoComplete="nickname"
            required
            maxLength={NAME_LIMIT}
            value={name}
            onChange={(event) => onName(event.target.value)}
          />
        </div>
      )}
      {children}
      {failure && (
        <p className="trouble" role="alert" data-testid="entry-failure">
          {failure.message}
        </p>
      )}
      {failure?.tokenNeeded && onToken !== undefined && <TokenField onToken={onToken} />}
      <div className="button-row">
        <button className="button accent" data-testid="enter" aria-disabled={entering}>
          {entering ? "Entering…" : submit}
        </button>
        {after}
      </div>
    </form>
  );
}
