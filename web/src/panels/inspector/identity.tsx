// What a part of a model is, where it belongs, where it is, and what it is made up of.
import { useText } from "../../i18n/use-text.ts";
import { Facts, type Fact } from "../../ui/facts.tsx";
import { Group } from "../../ui/group.tsx";
import { entries, isObject, references, spaceOf, text } from "../element.ts";
import type { ElementProps } from "./element.tsx";
import { Copyable, fact, Links } from "./parts.tsx";
import { Position } from "./position.tsx";

export function Identity({ feature, model }: ElementProps) {
  const { t, say } = useText();
  const { properties } = feature;
  const row = (name: Parameters<typeof t>[0], field: string): Fact[] => fact(t(name), text(properties, field));
  const globalId = text(properties, "global_id");
  const name = text(properties, "model");
  const elements = (field: string) => references(properties[field]).map((one) => ({ collection: "elements", ...one }));
  return (
    <>
      <Group title={t("section.identity")}>
        <Facts
          facts={[
            ...row("field.class", "ifc_class"),
            ...row("field.predefinedType", "predefined_type"),
            ...(globalId ? [{ name: t("field.globalId"), value: <Copyable text={globalId} />, exact: true }] : []),
            ...row("field.name", "name"),
            ...row("field.longName", "long_name"),
            ...row("field.description", "description"),
            ...row("field.type", "type_name"),
            ...row("field.objectType", "object_type"),
            ...row("field.tag", "tag"),
            ...fact(t("field.model"), model ? say(model.title) || model.id : name),
          ]}
        />
      </Group>
      <Group title={t("section.place")}>
        <Facts
          facts={[
            ...row("field.site", "site"),
            ...row("field.building", "building"),
            ...fact(t("field.storey"), text(properties, "storey_name") || text(properties, "storey")),
            ...fact(t("field.space"), spaceOf(properties)),
            ...fact(t("field.zones"), entries(properties["zones"], ["name", "id"]).map((one) => one.text).join(", ")),
          ]}
        />
      </Group>
      <Position feature={feature} />
      <Links title={t("field.host")} model={name} targets={elements("host")} />
      <Links title={t("field.partOf")} model={name} targets={isPlace(properties["part_of"]) ? [] : elements("part_of")} />
      <Links title={t("field.parts")} model={name} targets={isPlace(properties) ? [] : elements("parts")} />
      <Links title={t("field.filledBy")} model={name} targets={elements("filled_by")} />
      <Links title={t("field.openings")} model={name} targets={elements("openings")} />
    </>
  );
}

const places = /^Ifc(Project|Site|Building|BuildingStorey|Facility.*|Space|Bridge.*|Road.*|Railway.*|MarineFacility|MarinePart|.*SpatialZone)$/;

/** Whether something is a place rather than a thing: places are no elements. */
function isPlace(value: unknown): boolean {
  const ifcClass = isObject(value) ? (value["class"] ?? value["ifc_class"]) : undefined;
  return typeof ifcClass === "string" && places.test(ifcClass);
}
