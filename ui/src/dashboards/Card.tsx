import { useId, type ReactNode } from "react";

/** A part of a dashboard with its heading. */
export function Card({ title, hint, tools, children, wide = false }: { title: ReactNode; hint?: ReactNode; tools?: ReactNode; children: ReactNode; wide?: boolean }) {
  const id = useId();
  return (
    <section className="card dashboard-card" aria-labelledby={id} data-wide={wide}>
      <div className="dashboard-card-head">
        <h2 id={id}>{title}</h2>
        {tools}
      </div>
      {hint !== undefined && <p className="hint">{hint}</p>}
      {children}
    </section>
  );
}
