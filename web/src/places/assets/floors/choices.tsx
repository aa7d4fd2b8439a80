// Which storey is shown, by which value its rooms are coloured, and which assets are marked.
import type { Feature } from "../../../api/types.ts";
import { useText } from "../../../i18n/use-text.ts";
import { useKept } from "../work/address.ts";
import { useClassNames } from "../work/class-names.ts";
import type { Storey } from "./data.ts";
import { ownValues, propertiesOf } from "./values.ts";

interface Props {
  readonly storeys: readonly Storey[];
  readonly storey: Storey;
  readonly rooms: readonly Feature[];
  readonly assets: readonly Feature[];
  readonly of: string;
}

export function Choices({ storeys, storey, rooms, assets, of }: Props) {
  const { t } = useText();
  const { kept, set } = useKept();
  const classOf = useClassNames();
  const buildings = [...new Set(storeys.map(({ building }) => building))];
  const classes = [...new Set(assets.map(({ properties }) => String(properties["asset_class"] ?? "")))].filter(Boolean).sort();
  const show = (one: Storey | undefined): void => one && set({ storey: one.key, room: "", asset: "", lit: "" });
  return (
    <div className="floor-choices">
      {buildings.length > 1 && (
        <select className="select" aria-label={t("floors.building")} value={storey.building} onChange={(event) => show(storeys.find(({ building }) => building === event.target.value))}>
          {buildings.map((one) => (
            <option key={one} value={one}>
              {one || t("floors.unnamed")}
            </option>
          ))}
        </select>
      )}
      <div className="choices" role="group" aria-label={t("floors.storey")}>
        {storeys
          .filter(({ building }) => building === storey.building)
          .map((one) => (
            <button key={one.key} type="button" className="choice" aria-pressed={one.key === storey.key} title={one.longName} onClick={() => show(one)}>
              {one.name}
            </button>
          ))}
      </div>
      <label>
        {t("floors.by")}{" "}
        <select className="select" value={of} onChange={(event) => set({ value: event.target.value, lit: "" })}>
          {ownValues.map((one) => (
            <option key={one} value={one}>
              {t(`floors.value.${one}`)}
            </option>
          ))}
          {[...propertiesOf(rooms)].map(([name, own]) => (
            <optgroup key={name} label={name}>
              {own.map((one) => (
                <option key={one} value={`${name}.${one}`}>
                  {one}
                </option>
              ))}
            </optgroup>
          ))}
        </select>
      </label>
      <label>
        {t("floors.marks")}{" "}
        <select
          className="select"
          value={kept["marks"] === "0" ? "0" : (kept["class"] ?? "")}
          onChange={({ target: { value } }) => set(value === "0" ? { marks: "0", class: "" } : { marks: "", class: value })}
        >
          <option value="">{t("floors.marks.all")}</option>
          <option value="0">{t("floors.marks.none")}</option>
          {classes.map((one) => (
            <option key={one} value={one}>
              {classOf(one)}
            </option>
          ))}
        </select>
      </label>
      <button type="button" className="choice" aria-pressed={kept["north"] === "1"} onClick={() => set({ north: kept["north"] ? "" : "1" })}>
        {t("floors.northUp")}
      </button>
    </div>
  );
}
