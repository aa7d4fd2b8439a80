// Where a Feature is: grid, levels, size, and the point that was picked.
import type { Feature } from "../../api/types.ts";
import { formatFixed } from "../../i18n/translate.ts";
import { useText, type Words } from "../../i18n/use-text.ts";
import { useStore, type Point } from "../../state.ts";
import { Facts, type Fact } from "../../ui/facts.tsx";
import { Group } from "../../ui/group.tsx";
import { numberAt } from "../element.ts";
import { Copyable, exact } from "./parts.tsx";

export function Position({ feature }: { feature: Feature }) {
  const { t, number } = useText();
  const picked = useStore((state) => state.picked);
  const { properties } = feature;
  const metres = (field: string, unit: string): string => {
    const value = numberAt(properties, field);
    return value === null ? "" : `${formatFixed(value, 3)} ${unit}`;
  };
  const size = ["length", "width", "height"].map((field) => numberAt(properties, field));
  const placed = feature.geometry !== null;
  const levels = numberAt(properties, "base_level") !== null;
  return (
    <Group title={t("section.position")}>
      <Facts
        facts={[
          ...exact(t("field.easting"), metres("easting", "m")),
          ...exact(t("field.northing"), metres("northing", "m")),
          ...exact(t("field.base"), metres("base_level", "mPD")),
          ...exact(t("field.top"), metres("top_level", "mPD")),
          ...(size.every((value) => value !== null) ? exact(t("field.size"), `${size.map((value) => number(value, 2)).join(" × ")} m`) : []),
          ...(picked ? pickedFacts(picked, t) : []),
        ]}
      />
      {!placed && <p className="notice">{t("position.unplaced")}</p>}
      {placed && !levels && <p className="notice">{t("position.noDatum")}</p>}
    </Group>
  );
}

export function pickedFacts(point: Point, t: Words["t"]): Fact[] {
  const place = `${formatFixed(point.lon, 7)}, ${formatFixed(point.lat, 7)}`;
  return [
    { name: t("field.picked"), value: <Copyable text={place} />, exact: true },
    ...exact(t("field.pickedHeight"), `${formatFixed(point.height, 2)} m`),
  ];
}
