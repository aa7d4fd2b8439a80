// A storey as a map: what its plan shows, rooms in the colour of a value, a click or the keys pick one.
import { queryOptions, useQuery } from "@tanstack/react-query";
import type { Map as MapLibreMap } from "maplibre-gl";
import { useEffect, useMemo, useRef } from "react";
import { quoted } from "../api/assets.ts";
import { loadFeatures } from "../api/features.ts";
import { nameOf } from "../api/text.ts";
import type { Feature } from "../api/types.ts";
import { useText } from "../i18n/use-text.ts";
import { boxOf, planStyle, roomsLayer, type RoomValues } from "./floor-style.ts";
import { mapLibre } from "./library.ts";
import "./floor-plan.css";

const mostDrawn = 50_000;

interface Props {
  readonly model: string;
  /** GlobalId of the storey. */
  readonly storey: string;
  /** What this plan is of, for those who do not see it. */
  readonly label: string;
  readonly values?: RoomValues;
  /** Id of the space that stands out. */
  readonly picked?: string;
  readonly onPick?: (space: string) => void;
}

const nothing: RoomValues = {};
const none: readonly Feature[] = [];

/** What the plan of a storey shows. */
export const planQuery = (model: string, storey: string) =>
  queryOptions({
    queryKey: ["storey-plan", model, storey],
    enabled: model !== "" && storey !== "",
    staleTime: 60_000,
    queryFn: async ({ signal }) => {
      const filter = encodeURIComponent(`model = ${quoted(model)} AND storey = ${quoted(storey)}`);
      return (await loadFeatures(`/ogc/collections/storey-plans/items?filter=${filter}`, { limit: mostDrawn, signal })).features;
    },
  });

export function FloorPlan({ model, storey, label, values = nothing, picked = "", onPick }: Props) {
  const { language } = useText();
  const element = useRef<HTMLDivElement>(null);
  const map = useRef<MapLibreMap | null>(null);
  const pick = useRef(onPick);
  pick.current = onPick;
  const { data: drawn = none } = useQuery(planQuery(model, storey));
  const chinese = language !== "en";
  const style = useMemo(() => planStyle(drawn, values, picked, isDark()), [drawn, values, picked]);
  const box = useMemo(() => boxOf(drawn), [drawn]);
  const rooms = useMemo(() => drawn.filter(({ properties }) => properties["kind"] === "space"), [drawn]);
  useEffect(() => {
    let gone = false;
    void mapLibre().then((library) => {
      if (gone || !element.current) return;
      const made = new library.Map({ container: element.current, style, attributionControl: false, fadeDuration: 0, maxZoom: 24, locale: { "Map.Title": label } });
      made.addControl(new library.NavigationControl({ showCompass: true }));
      made.on("click", ({ point }) => {
        const [found] = made.getLayer(roomsLayer) ? made.queryRenderedFeatures(point, { layers: [roomsLayer] }) : [];
        if (found) pick.current?.(String(found.properties["element"]));
      });
      map.current = made;
      if (box) made.fitBounds(box, { animate: false, padding: 24 });
    });
    return () => {
      gone = true;
      map.current?.remove();
      map.current = null;
    };
    // The map is made once; what it shows follows below.
  }, []);
  useEffect(() => void map.current?.setStyle(style), [style]);
  useEffect(() => {
    if (box) map.current?.fitBounds(box, { animate: false, padding: 24 });
  }, [box]);
  return (
    <div className="floor-plan">
      <div className="floor-plan-map" ref={element} role="region" aria-label={label} />
      <ul className="floor-plan-rooms" aria-label={label}>
        {rooms.map(({ id, properties }) => {
          const space = String(properties["element"]);
          const value = values[space];
          return (
            <li key={String(id)}>
              <button type="button" aria-pressed={space === picked} onClick={() => onPick?.(space)}>
                {roomName(properties, chinese, language)}
                {value !== undefined && <span className="floor-plan-value"> {String(value)}</span>}
              </button>
            </li>
          );
        })}
      </ul>
    </div>
  );
}

function roomName(properties: Feature["properties"], chinese: boolean, language: Parameters<typeof nameOf>[1]): string {
  const own = chinese ? properties["name_zh"] : null;
  return typeof own === "string" && own !== "" ? own : nameOf(properties, language);
}

function isDark(): boolean {
  return document.documentElement.dataset["theme"] === "dark" || (!document.documentElement.dataset["theme"] && matchMedia("(prefers-color-scheme: dark)").matches);
}
