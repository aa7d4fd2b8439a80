// A tree of things to show or hide: one tab stop, arrow keys inside, space shows or hides, enter goes there.
import { useRef, useState, type KeyboardEvent, type ReactNode } from "react";
import { Icon } from "./icon.tsx";

export interface TreeItem {
  readonly id: string;
  readonly label: string;
  readonly checked: boolean;
  readonly disabled?: boolean;
  /** A colour that stands for it in the scene. */
  readonly color?: string | undefined;
  readonly solid?: boolean;
  readonly detail?: ReactNode;
  readonly hint?: string | undefined;
}

export interface TreeBranch {
  readonly id: string;
  readonly label: string;
  readonly detail?: ReactNode;
  readonly items: readonly TreeItem[];
  /** What to say where there is nothing. */
  readonly empty?: ReactNode;
}

interface Props {
  readonly label: string;
  readonly branches: readonly TreeBranch[];
  readonly onToggle: (ids: readonly string[], checked: boolean) => void;
  readonly onOpen: (id: string) => void;
  readonly openLabel: (label: string) => string;
}

export function Tree({ label, branches, onToggle, onOpen, openLabel }: Props) {
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const [current, setCurrent] = useState<string | null>(null);
  const root = useRef<HTMLDivElement>(null);
  const rows = branches.flatMap((branch) => [branch.id, ...(closed.has(branch.id) ? [] : branch.items.map(({ id }) => id))]);
  const stop = current !== null && rows.includes(current) ? current : rows[0];

  const move = (id: string | undefined): void => {
    if (id === undefined) return;
    setCurrent(id);
    root.current?.querySelector<HTMLElement>(`[data-row="${CSS.escape(id)}"]`)?.focus();
  };
  const setOpen = (id: string, open: boolean): void => {
    const next = new Set(closed);
    if (open) next.delete(id);
    else next.add(id);
    setClosed(next);
  };

  const onKeyDown = (event: KeyboardEvent<HTMLElement>, id: string, branch: TreeBranch): void => {
    const item = branch.items.find((one) => one.id === id);
    const at = rows.indexOf(id);
    const actions: Record<string, () => void> = {
      ArrowDown: () => move(rows[at + 1]),
      ArrowUp: () => move(rows[at - 1]),
      Home: () => move(rows[0]),
      End: () => move(rows.at(-1)),
      ArrowRight: () => (item ? undefined : closed.has(id) ? setOpen(id, true) : move(branch.items[0]?.id)),
      ArrowLeft: () => (item ? move(branch.id) : setOpen(id, false)),
      " ": () => toggle(branch, item),
      Enter: () => (item ? onOpen(id) : setOpen(id, closed.has(id))),
    };
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    event.stopPropagation();
    action();
  };
  const toggle = (branch: TreeBranch, item?: TreeItem): void => {
    if (item) return item.disabled ? undefined : onToggle([item.id], !item.checked);
    const ids = branch.items.filter(({ disabled }) => !disabled).map(({ id }) => id);
    onToggle(ids, !branch.items.every(({ checked, disabled }) => checked || disabled));
  };

  const rowProps = (id: string, branch: TreeBranch) => ({
    "data-row": id,
    tabIndex: id === stop ? 0 : -1,
    onFocus: () => setCurrent(id),
    onKeyDown: (event: KeyboardEvent<HTMLElement>) => onKeyDown(event, id, branch),
  });

  return (
    <div className="tree" role="tree" aria-label={label} ref={root}>
      {branches.map((branch) => (
        <div key={branch.id} role="none" className="branch">
          <div
            className="row head"
            role="treeitem"
            aria-expanded={!closed.has(branch.id)}
            aria-checked={checkedOf(branch)}
            aria-level={1}
            {...rowProps(branch.id, branch)}
          >
            <span className="twist" onClick={() => setOpen(branch.id, closed.has(branch.id))}>
              <Icon name="chevron" size={12} />
            </span>
            <span className="label" onClick={() => setOpen(branch.id, closed.has(branch.id))}>
              {branch.label}
            </span>
            <span className="detail">{branch.detail}</span>
            {branch.items.length > 0 ? <Box state={checkedOf(branch)} onClick={() => toggle(branch)} /> : <span className="box none" />}
          </div>
          {!closed.has(branch.id) && (
            <div role="group">
              {branch.items.map((item) => (
                <div
                  key={item.id}
                  className={`row item${item.checked ? " on" : ""}${item.disabled ? " disabled" : ""}`}
                  role="treeitem"
                  aria-level={2}
                  aria-checked={item.checked}
                  aria-disabled={item.disabled ?? false}
                  title={item.hint}
                  {...rowProps(item.id, branch)}
                >
                  <span className={`chip${item.solid ? " solid" : ""}`} style={item.color ? { background: item.color } : undefined} />
                  <span className="label" onClick={() => toggle(branch, item)}>
                    {item.label}
                  </span>
                  <span className="detail">{item.detail}</span>
                  <span className="go" title={openLabel(item.label)} onClick={() => onOpen(item.id)}>
                    <Icon name="fly" size={14} />
                  </span>
                  <Box state={item.checked} disabled={item.disabled ?? false} onClick={() => toggle(branch, item)} />
                </div>
              ))}
              {branch.items.length === 0 && branch.empty && <p className="empty">{branch.empty}</p>}
            </div>
          )}
        </div>
      ))}
    </div>
  );
}

function Box({ state, disabled = false, onClick }: { state: boolean | "mixed"; disabled?: boolean; onClick: () => void }) {
  return (
    <span className={`box ${state === "mixed" ? "mixed" : state ? "on" : "off"}${disabled ? " disabled" : ""}`} onClick={onClick}>
      {state === true && <Icon name="check" size={12} />}
      {state === "mixed" && <Icon name="minus" size={12} />}
    </span>
  );
}

function checkedOf({ items }: TreeBranch): boolean | "mixed" {
  const active = items.filter(({ disabled }) => !disabled);
  const on = active.filter(({ checked }) => checked).length;
  return on === 0 ? false : on === active.length ? true : "mixed";
}
