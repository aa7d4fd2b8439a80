// Pieces of which the tabs of a selected element are made.
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { namesQuery } from "../../api/elements.ts";
import { useText } from "../../i18n/use-text.ts";
import { select, useStore } from "../../state.ts";
import { Copy } from "../../ui/copy.tsx";
import type { Fact } from "../../ui/facts.tsx";
import { Group } from "../../ui/group.tsx";
import type { ValueSet } from "../element.ts";
import { show } from "../element.ts";

export function Copyable({ text: value }: { text: string }) {
  const { t } = useText();
  return (
    <span className="copyable">
      <span>{value}</span>
      <Copy text={value} label={t("action.copy")} done={t("action.copied")} />
    </span>
  );
}

export function fact(name: string, value: string): Fact[] {
  return value ? [{ name, value }] : [];
}

export function exact(name: string, value: string): Fact[] {
  return value ? [{ name, value, exact: true }] : [];
}

/** Property sets or quantities, each a table of names and values. */
export function Sets({ sets }: { sets: readonly ValueSet[] }): ReactNode {
  return sets.map(({ name, values }) => (
    <Group key={name} title={name} count={String(values.length)}>
      <table className="values">
        <tbody>
          {values.map(([key, value, stated]) => (
            <tr key={key}>
              <th scope="row">{key}</th>
              <td title={stated}>{value}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Group>
  ));
}

export function Entries({ title, items }: { title: string; items: readonly { text: string; note: string }[] }): ReactNode {
  if (items.length === 0) return null;
  return (
    <Group title={title} count={String(items.length)}>
      <ul className="entries">
        {items.map(({ text: main, note }, index) => (
          <li key={`${index} ${main}`}>
            {main}
            {note && <small>{note}</small>}
          </li>
        ))}
      </ul>
    </Group>
  );
}

/** Something to go to. */
export interface Target {
  readonly collection: string;
  /** GlobalId. */
  readonly id: string;
  readonly name?: string;
  readonly note?: string;
}

/** Things of the same model, each a click away; elements without a name here are asked for theirs. */
export function Links({ title, model, targets }: { title: string; model: string; targets: readonly Target[] }): ReactNode {
  const nameless = targets.filter(({ collection, name }) => collection === "elements" && !name).map(({ id }) => id);
  const at = useStore(({ view }) => view.at);
  const { data } = useQuery(namesQuery(model, [...new Set(nameless)], at));
  if (targets.length === 0) return null;
  return (
    <Group title={title} count={String(targets.length)}>
      <ul className="links">
        {targets.map(({ collection, id, name, note }, index) => {
          const known = data?.get(id);
          return (
            <li key={`${index} ${id}`}>
              <button type="button" onClick={() => select({ collection, id: `${model}:${id}` })}>
                {name || show(known?.["name"]) || show(known?.["ifc_class"]) || id}
                <small>{[note, show(known?.["ifc_class"])].filter(Boolean).join(" · ")}</small>
              </button>
            </li>
          );
        })}
      </ul>
    </Group>
  );
}

export function Nothing({ text }: { text: string }): ReactNode {
  return <p className="hint">{text}</p>;
}
