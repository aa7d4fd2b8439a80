// A storey from above as a small drawing: its rooms, and what lies in them. North is up.
import { useQuery } from "@tanstack/react-query";
import { useMemo, type ReactNode } from "react";
import { roomsQuery } from "../../api/assets.ts";
import { boxOf, linesOf, pointsOf, polygonsOf } from "../../api/geometry.ts";
import type { Feature, Geometry, Position } from "../../api/types.ts";
import { nameOf } from "../../api/text.ts";
import { useText } from "../../i18n/use-text.ts";

const widePx = 600;
const leastHighPx = 160;
const mostHighPx = 620;
const marginPx = 14;
/** A drawing shows twenty metres at least: a pump alone does not fill it. */
const leastDegrees = 20 / 111_320;

/** Degrees to pixels of a drawing. */
export type Project = (position: Position) => readonly [number, number];

interface Props {
  readonly model: string;
  /** Name or GlobalId of the storey. */
  readonly storey: string;
  readonly label: string;
  /** Colours of rooms by Feature id; others stay plain. */
  readonly fills?: ReadonlyMap<string, string>;
  /** What is said of a room, beside its name. */
  readonly notes?: ReadonlyMap<string, string>;
  readonly onRoom?: (id: string) => void;
  /** What is drawn over the rooms. */
  readonly over?: (project: Project) => ReactNode;
  /** Shapes that the drawing must hold, such as those of a way that leaves the building. */
  readonly holds?: readonly Position[];
}

export function FloorSketch({ model, storey, label, fills, notes, onRoom, over, holds = [] }: Props) {
  const { t, language } = useText();
  const { data } = useQuery(roomsQuery(model, storey));
  const frame = useMemo(() => frameOf(data ?? [], holds), [data, holds]);
  if (!data) return <p className="hint">…</p>;
  if (!frame) return <p className="hint">{t("assets.sketch.none")}</p>;
  return (
    <svg className="floor-sketch" viewBox={`0 0 ${widePx} ${frame.high}`} role="img" aria-label={label}>
      {data.map((room) => {
        const name = nameOfRoom(room, language);
        const id = String(room.id);
        return (
          <path
            key={id}
            d={pathOf(room.geometry, frame.project)}
            style={fills?.has(id) ? { fill: fills.get(id) } : undefined}
            data-room={id}
            onClick={onRoom && (() => onRoom(id))}
          >
            <title>{[name, notes?.get(id)].filter(Boolean).join(" · ")}</title>
          </path>
        );
      })}
      {over?.(frame.project)}
    </svg>
  );
}

export function nameOfRoom({ properties }: Feature, language: "en" | "zh-Hant" | "zh-Hans"): string {
  return String((language !== "en" && properties["long_name"]) || nameOf(properties, language));
}

function frameOf(rooms: readonly Feature[], holds: readonly Position[]): { high: number; project: Project } | null {
  const positions = [...rooms.flatMap(({ geometry }) => (geometry ? positionsOf(geometry) : [])), ...holds];
  const box = boxOf(positions);
  if (!box) return null;
  const [west, south, east, north] = box;
  const narrow = Math.cos((((south + north) / 2) * Math.PI) / 180);
  const [dx, dy] = [Math.max((east - west) * narrow, leastDegrees), Math.max(north - south, leastDegrees)];
  const scale = Math.min((widePx - 2 * marginPx) / dx, (mostHighPx - 2 * marginPx) / dy);
  const high = Math.max(leastHighPx, dy * scale + 2 * marginPx);
  const [lonMiddle, latMiddle] = [(west + east) / 2, (south + north) / 2];
  return { high, project: ([lon = 0, lat = 0]) => [widePx / 2 + (lon - lonMiddle) * narrow * scale, high / 2 + (latMiddle - lat) * scale] };
}

export function positionsOf(geometry: Geometry): Position[] {
  return [...[...polygonsOf(geometry)].flat(2), ...[...linesOf(geometry)].flat(), ...pointsOf(geometry)];
}

/** The areas and lines of a geometry as an SVG path. */
export function pathOf(geometry: Geometry | null, project: Project): string {
  if (!geometry) return "";
  const joined = (line: readonly Position[], end: string): string => `M${line.map((one) => project(one).map((part) => part.toFixed(1)).join(",")).join("L")}${end}`;
  const areas = [...polygonsOf(geometry)].flatMap((rings) => rings.map((ring) => joined(ring, "z")));
  return [...areas, ...[...linesOf(geometry)].map((line) => joined(line, ""))].join("");
}
