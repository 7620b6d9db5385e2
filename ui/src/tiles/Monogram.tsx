import { hueOf, initials } from "./initials";

/** Stands in for a picture that is not there. */
export function Monogram({ name, identity }: { name: string; identity: string }) {
  return (
    <div className="monogram" style={{ "--hue": hueOf(identity) }} aria-hidden="true">
      <span>{initials(name)}</span>
    </div>
  );
}
