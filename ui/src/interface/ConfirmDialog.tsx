import { useEffect, useId, useRef } from "react";

interface ConfirmDialogProps {
  title: string;
  detail: string;
  /** What is done, as the button says it. */
  action: string;
  onConfirm: () => void;
  onCancel: () => void;
}

/** Asks before what cannot be undone. Escape and the first button do nothing. */
export function ConfirmDialog({ title, detail, action, onConfirm, onCancel }: ConfirmDialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} className="card confirm" aria-labelledby={id} onClose={onCancel} data-testid="confirm">
      <h2 id={id}>{title}</h2>
      <p className="hint">{detail}</p>
      <div className="button-row">
        <button className="button" onClick={onCancel} data-testid="confirm-no">
          Cancel
        </button>
        <button className="button danger" onClick={onConfirm} data-testid="confirm-yes">
          {action}
        </button>
      </div>
    </dialog>
  );
}
