// Of every room how far the nearest exit is, on the storeys and as a table, the farthest first.
import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import { askAsEditor } from "../../api/editor.ts";
import { escapesQuery, type Escapes } from "../../api/ways.ts";
import { Problem } from "../../api/problem.ts";
import { useText } from "../../i18n/use-text.ts";
import { css, rgb } from "../../scene/appearance.ts";
import { select, tell } from "../../state.ts";
import { Button } from "../../ui/button.tsx";
import { Failure } from "../failure.tsx";
import { save } from "./exporting.tsx";
import { FloorSketch } from "./floor-sketch.tsx";

/** Points of a ramp from near to far that also differ in lightness. */
const ramp = ["#fde725", "#a0da39", "#4ac16d", "#1fa187", "#277f8e", "#365c8d", "#46327e", "#440154"].map(rgb);
const unreached = "#d55e00";
const mostRows = 60;

/** Colour of a distance on the ramp; `far` is its end. */
export function colourOfDistance(metres: number | null, far: number): string {
  if (metres === null) return unreached;
  return css(ramp[Math.min(ramp.length - 1, Math.floor((metres / Math.max(far, 1e-6)) * ramp.length))]!);
}

export function Evacuation({ profile }: { profile: string }) {
  const { t, number, language } = useText();
  const { data, error, refetch } = useQuery(escapesQuery(profile, language, true));
  const floors = useMemo(() => floorsIn(data?.features ?? []), [data]);
  const [floor, setFloor] = useState("");
  useEffect(() => {
    if (!floor && floors[0]) setFloor(floors[0].key);
  }, [floor, floors]);
  if (error) return <Failure error={error} onRetry={() => void refetch()} />;
  if (!data) return <p className="hint">…</p>;
  const far = Math.max(...data.features.map(({ properties }) => properties.metres_to_exit ?? 0), 1);
  const rows = [...data.features].sort((a, b) => (b.properties.metres_to_exit ?? Infinity) - (a.properties.metres_to_exit ?? Infinity));
  const shown = floors.find(({ key }) => key === floor);
  const say = (metres: number | null): string => (metres === null ? t("assets.evacuation.never") : t("assets.route.metres", { n: Math.round(metres) }));
  const download = async (): Promise<void> => {
    try {
      const query = new URLSearchParams({ f: "csv", lang: language, ...(profile ? { profile } : {}) });
      save(await (await askAsEditor(`/api/routes/evacuation?${query}`)).blob(), "evacuation.csv");
    } catch (thrown) {
      tell(Problem.of(thrown));
    }
  };
  return (
    <section className="evacuation">
      <h2>{t("assets.evacuation")}</h2>
      <p className="hint">{t("assets.evacuation.hint", { n: data.exits.length, none: data.without_exit })}</p>
      <div className="route-ends">
        <label className="field">
          {t("asset.field.storey")}
          <select value={floor} onChange={(event) => setFloor(event.target.value)}>
            {floors.map(({ key, level, model }) => (
              <option key={key} value={key}>
                {level} · {model}
              </option>
            ))}
          </select>
        </label>
        <Button onClick={() => void download()}>{t("assets.export.csv")}</Button>
      </div>
      <div className="ramp">
        <span>0 m</span>
        <i style={{ background: `linear-gradient(to right, ${ramp.map(css).join(", ")})` }} />
        <span>{number(far, 0)} m</span>
        <span className="swatch" style={{ background: unreached }} /> <span>{t("assets.evacuation.never")}</span>
      </div>
      {shown && (
        <FloorSketch
          model={shown.model}
          storey={shown.level}
          label={t("assets.evacuation.onFloor", { level: shown.level })}
          fills={new Map(shown.rooms.map(({ id, properties }) => [id, colourOfDistance(properties.metres_to_exit, far)]))}
          notes={new Map(shown.rooms.map(({ id, properties }) => [id, [say(properties.metres_to_exit), properties.exit_name].filter(Boolean).join(" · ")]))}
          onRoom={(id) => select({ collection: "spaces", id })}
        />
      )}
      <div className="table-scroll" tabIndex={0} role="region" aria-label={t("assets.evacuation")}>
        <table>
          <thead>
            <tr>
              <th scope="col">{t("asset.field.space_name")}</th>
              <th scope="col">{t("asset.field.storey")}</th>
              <th scope="col">{t("assets.evacuation.distance")}</th>
              <th scope="col">{t("assets.route.exit")}</th>
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, mostRows).map(({ id, properties }) => (
              <tr key={id}>
                <th scope="row">
                  <button type="button" className="link" onClick={() => select({ collection: "spaces", id })}>
                    {properties.name}
                  </button>
                </th>
                <td>{properties.level}</td>
                <td>{say(properties.metres_to_exit)}</td>
                <td>{properties.exit_name}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

type Room = Escapes["features"][number];

function floorsIn(rooms: readonly Room[]): { key: string; level: string; model: string; rooms: Room[] }[] {
  const floors = new Map<string, { key: string; level: string; model: string; rooms: Room[] }>();
  for (const room of rooms) {
    const { level, model } = room.properties;
    const key = `${model} ${level}`;
    if (!floors.has(key)) floors.set(key, { key, level, model, rooms: [] });
    floors.get(key)!.rooms.push(room);
  }
  return [...floors.values()].sort((a, b) => b.rooms.length - a.rooms.length);
}
