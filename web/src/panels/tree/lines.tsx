// One line of the tree: a group with its count, or an element.
import type { MouseEvent } from "react";
import type { Grouping } from "../../api/twin-names.ts";
import type { TreeElement, TreeNode } from "../../api/twin.ts";
import type { Words } from "../../i18n/use-text.ts";
import { Icon, type IconName } from "../../ui/icon.tsx";

const indentPx = 14;

interface Shared {
  readonly id: string;
  readonly top: number;
  readonly depth: number;
  readonly active: boolean;
  readonly words: Words;
  readonly visible: boolean;
  /** Others are shown alone. */
  readonly dim: boolean;
  /** It is shown alone. */
  readonly alone: boolean;
  readonly onActive: () => void;
  readonly onChoose: () => void;
  readonly onFly: () => void;
  readonly onHide: () => void;
  readonly onIsolate: (also: boolean) => void;
}

interface GroupProps extends Shared {
  readonly group: TreeNode;
  readonly by: Grouping;
  readonly open: boolean;
  readonly at: number;
  readonly of: number;
  readonly onTurn: () => void;
}

export function GroupLine({ group, by, open, at, of, onTurn, ...line }: GroupProps) {
  const { t, say, number } = line.words;
  const isClass = group.level === "class";
  const name = isClass ? say(group.words) || group.label : group.label || (group.level === "in" ? say(group.words) : t(noneOf(by)));
  const note = isClass ? group.label : [group.title, group.elevation == null ? "" : `${group.elevation.toFixed(2)} m`].filter(Boolean).join(" · ");
  return (
    <div {...attributes(line, at, of)} {...(group.below ? { "aria-expanded": open } : {})}>
      <span className="twist" onClick={onTurn}>
        {group.below && <Icon name="chevron" size={12} />}
      </span>
      <span
        className="label"
        onClick={() => {
          line.onActive();
          if (group.features?.length) line.onChoose();
          else onTurn();
        }}
        onDoubleClick={line.onFly}
        title={[name, note].filter(Boolean).join(" · ")}
      >
        {name} {note && <small>{note}</small>}
      </span>
      <Acts {...line} name={name} />
      <span className="detail">{number(group.count)}</span>
    </div>
  );
}

interface ElementProps extends Shared {
  /** Null while it is asked for. */
  readonly element: TreeElement | null;
  readonly at: number;
  readonly of: number;
  readonly selected: boolean;
}

export function ElementLine({ element, at, of, selected, ...line }: ElementProps) {
  const name = element ? element.label || line.words.say(element.words) : "…";
  return (
    <div {...attributes(line, at, of)} aria-selected={selected}>
      <span className="twist" />
      <span
        className="label"
        title={name}
        onClick={() => {
          line.onActive();
          line.onChoose();
        }}
        onDoubleClick={line.onFly}
      >
        {name}
      </span>
      {element && <Acts {...line} name={name} />}
    </div>
  );
}

function attributes(line: Shared, at: number, of: number) {
  return {
    id: line.id,
    role: "treeitem",
    "aria-level": line.depth + 1,
    "aria-posinset": at + 1,
    "aria-setsize": of,
    className: `line${line.active ? " active" : ""}${line.visible ? "" : " hidden"}${line.dim ? " dim" : ""}${line.alone ? " isolated" : ""}`,
    style: { transform: `translateY(${line.top}px)`, paddingLeft: 6 + line.depth * indentPx },
  } as const;
}

function Acts({ words: { t }, name, visible, alone, onFly, onHide, onIsolate }: Shared & { name: string }) {
  return (
    <>
      <Act icon="fly" label={t("contents.fly", { name })} onClick={onFly} />
      <Act icon="isolate" label={t(alone ? "tree.unisolate" : "tree.isolate", { name })} kept={alone} onClick={(event) => onIsolate(event.ctrlKey || event.shiftKey)} />
      <Act icon={visible ? "eye" : "hidden"} label={t(visible ? "tree.hide" : "tree.show", { name })} kept={!visible} onClick={onHide} />
    </>
  );
}

/** For the mouse; the keyboard has keys of its own. */
function Act({ icon, label, kept = false, onClick }: { icon: IconName; label: string; kept?: boolean; onClick: (event: MouseEvent) => void }) {
  return (
    <span className={`act${kept ? " kept" : ""}`} title={label} data-act={icon} onClick={onClick}>
      <Icon name={icon} size={14} />
    </span>
  );
}

function noneOf(by: Grouping) {
  return by === "place" || by === "model" || by === "class" ? "tree.none.type" : (`tree.none.${by}` as const);
}
