// The systems that an element belongs to, its ports, and what it is connected to, each a click away.
import { useText } from "../../i18n/use-text.ts";
import { isObject, references, show, structured } from "../element.ts";
import type { ElementProps } from "./element.tsx";
import { Links, Nothing, type Target } from "./parts.tsx";

export function Systems({ feature: { properties } }: ElementProps) {
  const { t } = useText();
  const model = show(properties["model"]);
  const systems = references(properties["systems"]).map((one): Target => ({ collection: "systems", ...one }));
  const zones = references(properties["zones"]).map((one): Target => ({ collection: "zones", ...one }));
  const ports = portsOf(properties["ports"]);
  const connected = list(properties["connected_to"]).map((one): Target => ({ collection: "elements", id: show(one["id"]), note: flow(one) }));
  const members = references(properties["members"]).map((one): Target => ({ collection: "elements", ...one }));
  if (systems.length + zones.length + ports.length + connected.length + members.length === 0) return <Nothing text={t("inspector.none.systems")} />;
  return (
    <>
      <Links title={t("section.systems")} model={model} targets={systems} />
      <Links title={t("section.ports")} model={model} targets={ports} />
      <Links title={t("section.connected")} model={model} targets={connected} />
      <Links title={t("section.zones")} model={model} targets={zones} />
      <Links title={t("field.parts")} model={model} targets={members} />
    </>
  );
}

/** Ports, each leading to itself; what it is joined to stands among the connections. */
function portsOf(value: unknown): Target[] {
  return list(value).map((one) => ({
    collection: "elements",
    id: show(one["id"]),
    name: show(one["name"]) || show(one["id"]),
    note: [show(one["type"]), show(one["system"]), show(one["flow"])].filter(Boolean).join(" · "),
  }));
}

function flow(one: Record<string, unknown>): string {
  return [show(one["by"]), show(one["flow"])].filter(Boolean).join(" · ");
}

function list(value: unknown): Record<string, unknown>[] {
  const found = structured(value);
  return Array.isArray(found) ? found.filter(isObject) : [];
}
