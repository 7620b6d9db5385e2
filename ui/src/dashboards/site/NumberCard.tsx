interface NumberCardProps {
  label: string;
  value: string;
  more: string;
  testid: string;
  /** Order the rooms by it. */
  onPress?: () => void;
  pressed?: boolean;
}

/** One number that stands for the whole site. */
export function NumberCard({ label, value, more, testid, onPress, pressed }: NumberCardProps) {
  const words = (
    <>
      <strong data-testid={testid}>{value}</strong>
      <span>{label}</span>
      <span className="hint">{more}</span>
    </>
  );
  return (
    <li>
      {onPress === undefined ? (
        <div className="card number">{words}</div>
      ) : (
        <button type="button" className="card number" title="Order the rooms by it" aria-pressed={pressed} onClick={onPress}>
          {words}
        </button>
      )}
    </li>
  );
}
