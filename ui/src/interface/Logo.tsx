/** Three people in a room; the same drawing as public/favicon.svg. */
export function Logo() {
  return (
    <svg className="logo" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="9" fill="#0d7263" />
      <circle cx="11" cy="12" r="4.5" fill="#fff" />
      <circle cx="22" cy="13.5" r="3.25" fill="#ffc46b" />
      <circle cx="16.5" cy="22.5" r="3.75" fill="#a9efe0" />
    </svg>
  );
}
