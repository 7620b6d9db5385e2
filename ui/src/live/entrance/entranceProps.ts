import type { JoinFailure } from "../../session/joinFailure";

/** What both entrances get. */
export interface EntranceProps {
  room: string;
  name: string;
  /** The access token names the visitor. */
  nameFixed: boolean;
  entering: boolean;
  failure: JoinFailure | undefined;
  onToken: (token: string) => void;
  onEnter: (name: string, title: string) => void;
}
