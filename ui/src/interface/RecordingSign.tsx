/** Everybody has to know it. */
export function RecordingSign() {
  return (
    <span className="recording-sign" role="status" data-testid="recording">
      Recording
    </span>
  );
}
