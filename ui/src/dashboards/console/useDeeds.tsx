import { useState, type ReactNode } from "react";

import { ConfirmDialog } from "../../interface/ConfirmDialog";
import { useAskingWith } from "../../interface/useAsking";
import { Code } from "../../roomclient/codes";
import { useAdmission } from "../admission";
import { doDeed, type Deed } from "./consoleApi";
import { confirmation, type Question } from "./words";

const REFUSALS = {
  [Code.Unauthorized]: "The server no longer takes your token. Load the page again and enter the admin token.",
  [Code.Forbidden]: "The server does not let you do that. It takes the admin token: room.admin_token of the configuration.",
  [Code.RoomNotFound]: "The room is closed already.",
  [Code.UserNotFound]: "They have left the room already.",
};

export interface Deeds {
  /** Do it, once it is confirmed where it cannot be undone. `name`: whom it is done to, for people. */
  readonly start: (deed: Deed, name: string) => void;
  /** The question that waits for an answer. */
  readonly dialog: ReactNode;
}

/** What administrators do to rooms and to those in them; `onDone` is called when the server has done it. */
export function useDeeds(onDone: () => void): Deeds {
  const { token } = useAdmission();
  const asking = useAskingWith(REFUSALS);
  const [open, setOpen] = useState<{ deed: Deed; question: Question }>();
  const carry = (deed: Deed) => {
    setOpen(undefined);
    void asking(doDeed(deed, token)).then((done) => done && onDone());
  };
  return {
    start: (deed, name) => {
      const question = confirmation(deed, name);
      if (question === undefined) carry(deed);
      else setOpen({ deed, question });
    },
    dialog: open !== undefined && <ConfirmDialog {...open.question} onConfirm={() => carry(open.deed)} onCancel={() => setOpen(undefined)} />,
  };
}
