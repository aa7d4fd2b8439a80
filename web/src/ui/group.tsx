// A part of a panel that opens and closes.
import { useState, type ReactNode } from "react";
import { Icon } from "./icon.tsx";

export function Group({ title, count, open = true, children }: { title: string; count?: string; open?: boolean; children: ReactNode }) {
  const [isOpen, setOpen] = useState(open);
  return (
    <section className="group">
      <h3>
        <button type="button" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          <Icon name="chevron" size={12} />
          <span>{title}</span>
          {count !== undefined && <span className="count">{count}</span>}
        </button>
      </h3>
      {isOpen && <div className="group-body">{children}</div>}
    </section>
  );
}
