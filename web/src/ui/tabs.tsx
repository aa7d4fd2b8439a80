// A list of tabs and the panel below it; the arrow keys go from tab to tab (WAI-ARIA tabs pattern).
import { useRef, type KeyboardEvent, type ReactNode } from "react";

interface Props<Tab extends string> {
  /** What the ids of the tabs and of the panel begin with. */
  readonly id: string;
  readonly label: string;
  readonly tabs: readonly Tab[];
  readonly open: Tab;
  readonly onOpen: (tab: Tab) => void;
  /** What stands on a tab. */
  readonly name: (tab: Tab) => ReactNode;
  /** The tabs go over several rows where there are many. */
  readonly wrap?: boolean;
  readonly panel?: string;
  readonly children: ReactNode;
}

export function Tabs<Tab extends string>({ id, label, tabs, open, onOpen, name, wrap = false, panel, children }: Props<Tab>) {
  const list = useRef<HTMLDivElement>(null);
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined) return;
    const next = (tabs.indexOf(open) + step + tabs.length) % tabs.length;
    onOpen(tabs[next]!);
    list.current?.querySelectorAll("button")[next]?.focus();
  };
  return (
    <>
      <div className={wrap ? "tabs wrap" : "tabs"} role="tablist" aria-label={label} ref={list} onKeyDown={onKeyDown}>
        {tabs.map((one) => (
          <button
            key={one}
            type="button"
            role="tab"
            id={`${id}-${one}`}
            aria-selected={one === open}
            aria-controls={`${id}-panel`}
            tabIndex={one === open ? 0 : -1}
            onClick={() => onOpen(one)}
          >
            {name(one)}
          </button>
        ))}
      </div>
      <div className={panel} role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${open}`}>
        {children}
      </div>
    </>
  );
}
