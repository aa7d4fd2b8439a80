// Floor plans: the rooms of a storey coloured by a value, its assets as marks, and a list that says the same in words.
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { nameOf } from "../../../api/text.ts";
import type { Feature, Site } from "../../../api/types.ts";
import { ordersQuery } from "../../../api/work.ts";
import { useText } from "../../../i18n/use-text.ts";
import { css, legendOf, type Legend } from "../../../scene/appearance.ts";
import { Failure } from "../../failure.tsx";
import { useKept } from "../work/address.ts";
import { useClassNames } from "../work/class-names.ts";
import { Choices } from "./choices.tsx";
import { assetsOnQuery, exitsQuery, pathOfQuery, roomsQuery, storeysQuery, type Storey } from "./data.ts";
import { LegendList } from "./legend.tsx";
import { PlanDrawing, type Mark, type RoomShape } from "./plan.tsx";
import { RoomDetail } from "./room.tsx";
import { RoomTable } from "./rooms.tsx";
import { middleOf, outlineOf, paperOf, type Paper } from "./shape.ts";
import { units, valueOf, type About } from "./values.ts";

const mostOrders = 2000;
const noColour = "var(--plan-none)";

export function Floors({ site }: { site: Site }) {
  const { t } = useText();
  const { kept } = useKept();
  const { data: storeys, error, refetch } = useQuery(storeysQuery(site.change));
  const storey = storeys?.find(({ key }) => key === kept["storey"]) ?? usual(storeys);
  if (error) return <Failure error={error} onRetry={() => void refetch()} />;
  if (!storeys) return <p className="hint">…</p>;
  if (!storey) return <p className="hint">{t("floors.none")}</p>;
  return <Floor site={site} storeys={storeys} storey={storey} />;
}

/** The storey that is shown first: the one nearest to the ground. */
function usual(storeys: readonly Storey[] | undefined): Storey | undefined {
  return [...(storeys ?? [])].sort((one, other) => other.ids.length - one.ids.length || Math.abs(one.level - 6) - Math.abs(other.level - 6))[0];
}

function Floor({ site, storeys, storey }: { site: Site; storeys: readonly Storey[]; storey: Storey }) {
  const { t, number, language } = useText();
  const { kept, set } = useKept();
  const classOf = useClassNames();
  const of = kept["value"] ?? "area";
  const rooms = useQuery(roomsQuery(storey, site.change)).data?.features;
  const assets = useQuery(assetsOnQuery(storey, site.change)).data?.features;
  const about = useAbout(site, storey, assets, of);
  const paper = useMemo(() => paperOf(rooms ?? [], kept["north"] === "1"), [rooms, kept["north"]]);
  const values = useMemo(() => (rooms ?? []).map((room) => valueOf(room, of, about)), [rooms, of, about]);
  const legend = useMemo(() => legendFor(rooms ?? [], values, units[of] ?? "", (value) => number(value, 1)), [rooms, values, of, number]);
  const said = (value: number | string | null): string => (typeof value === "number" ? `${number(value, 1)} ${units[of] ?? ""}`.trim() : (value ?? ""));
  const lit = kept["lit"] ?? "";
  const shapes = (rooms ?? []).flatMap((feature, at): RoomShape[] => {
    const outline = outlineOf(feature, paper);
    const index = legend.paint.get("rooms")?.get(String(feature.id)) ?? -1;
    const fill = index < 0 ? noColour : css(legend.colours[index]!);
    const name = nameOf(feature.properties, language);
    return outline ? [{ id: String(feature.id), feature, ...outline, name, value: said(values[at] ?? null), raw: values[at] ?? null, fill, faded: lit !== "" && lit !== String(index) }] : [];
  });
  const chosen = shapes.find(({ id }) => id === kept["room"]);
  const marks = kept["marks"] === "0" ? [] : marksOf(assets ?? [], kept["class"] ?? "", about, paper, (feature) => titleOf(feature, language, classOf));
  return (
    <div className="floors">
      <Choices storeys={storeys} storey={storey} rooms={rooms ?? []} assets={assets ?? []} of={of} />
      <div className="floor">
        {rooms && shapes.length === 0 ? (
          <p className="hint">{t("floors.empty")}</p>
        ) : (
          <PlanDrawing
            key={storey.key}
            label={t("floors.label", { storey: `${storey.building} ${storey.name}` })}
            {...{ rooms: shapes, marks, paper }}
            chosen={chosen?.id ?? ""}
            onRoom={(id) => set({ room: id === kept["room"] ? "" : id })}
            onMark={(id) => set({ room: roomOf(assets ?? [], id, rooms ?? []), asset: id })}
          />
        )}
        <aside aria-label={t("floors.beside")}>
          <LegendList legend={legend} lit={lit} onLight={(index) => set({ lit: index === lit ? "" : index })} />
          {chosen && <RoomDetail room={chosen} assets={about.assets.get(String(chosen.feature.properties["global_id"])) ?? []} marked={kept["asset"] ?? ""} />}
        </aside>
      </div>
      <RoomTable rooms={shapes} of={of} onRoom={(id) => set({ room: id })} />
    </div>
  );
}

/** What is known of the rooms besides their own properties; ways out are asked for only where they are shown. */
function useAbout(site: Site, storey: Storey, assets: readonly Feature[] | undefined, of: string): About {
  const path = useQuery(pathOfQuery(storey)).data;
  const orders = useQuery({ ...ordersQuery({ state: "backlog", location: path ?? "" }, mostOrders), enabled: !!path, retry: false }).data;
  const exits = useQuery(exitsQuery(of === "exit", site.change)).data;
  return useMemo(() => {
    const inside = new Map<string, Feature[]>();
    for (const one of assets ?? []) {
      const space = String(one.properties["space"] ?? "");
      inside.set(space, [...(inside.get(space) ?? []), one]);
    }
    const open = new Map<string, number>();
    for (const { asset } of orders?.orders ?? []) if (asset) open.set(asset, (open.get(asset) ?? 0) + 1);
    return { exits: exits ?? new Map(), assets: inside, orders: open };
  }, [assets, orders, exits]);
}

function legendFor(rooms: readonly Feature[], values: readonly (number | string | null)[], unit: string, format: (value: number) => string): Legend {
  const ids = { state: "", ids: rooms.map(({ id }) => String(id)) };
  const numbers = values.some((value) => typeof value === "number");
  if (numbers) return legendOf([{ model: "rooms", ids, values: { state: "", unit, numbers: values.map((value) => (typeof value === "number" ? value : null)) } }], format);
  const words = [...new Set(values.filter((value) => typeof value === "string"))];
  const codes = values.map((value) => (typeof value === "string" ? words.indexOf(value) : -1));
  return legendOf([{ model: "rooms", ids, values: { state: "", words, codes } }], format);
}

function marksOf(assets: readonly Feature[], only: string, about: About, paper: Paper, title: (asset: Feature) => string): readonly Mark[] {
  return assets.flatMap((asset): Mark[] => {
    const middle = middleOf(asset);
    if (!middle || (only && asset.properties["asset_class"] !== only)) return [];
    const [x, y] = paper.at(...middle);
    const condition = Number(asset.properties["condition"] ?? 0);
    const look = about.orders.has(String(asset.id)) ? "work" : condition >= 4 ? "failed" : condition === 3 ? "worn" : "fine";
    return [{ id: String(asset.id), x, y, title: title(asset), look }];
  });
}

function titleOf({ properties }: Feature, language: Parameters<typeof nameOf>[1], classOf: (asset_class: string) => string): string {
  return [properties["tag"], nameOf(properties, language), classOf(String(properties["asset_class"] ?? ""))].filter(Boolean).join(" · ");
}

/** The room that an asset stands in, "" for none. */
function roomOf(assets: readonly Feature[], id: string, rooms: readonly Feature[]): string {
  const space = assets.find((one) => one.id === id)?.properties["space"];
  return String(rooms.find(({ properties }) => properties["global_id"] === space)?.id ?? "");
}
