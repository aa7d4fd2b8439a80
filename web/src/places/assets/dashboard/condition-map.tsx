// A map of the site: every asset in the colour of its condition.
import { useQuery } from "@tanstack/react-query";
import type { Map as MapLibreMap } from "maplibre-gl";
import { useEffect, useRef, useState } from "react";
import { loadFeatures } from "../../../api/features.ts";
import type { Feature, Site } from "../../../api/types.ts";
import { useText } from "../../../i18n/use-text.ts";
import { styleOf } from "../../../map/figure.ts";
import { mapLibre } from "../../../map/library.ts";
import { openAssets } from "../work/address.ts";
import { middleOf } from "../floors/shape.ts";

const most = 20_000;
const colours = { known: ["#1b6b45", "#5f9e3a", "#e69f00", "#d55e00", "#8c1d12"], none: "#6b7780" };
const source = "assets";

export function ConditionMap({ site, dark }: { site: Site; dark: boolean }) {
  const { t } = useText();
  const place = useRef<HTMLDivElement>(null);
  const [failed, setFailed] = useState(false);
  const { data } = useQuery({
    queryKey: ["figures", "condition-map", site.change],
    queryFn: async ({ signal }) =>
      (await loadFeatures("/ogc/collections/asset-register/items?properties=tag,condition,status&filter=" + encodeURIComponent("status <> 'retired'"), { limit: most, signal })).features,
    staleTime: 300_000,
  });
  useEffect(() => {
    const element = place.current;
    if (!element || !data) return;
    let map: MapLibreMap | null = null;
    let gone = false;
    void draw(element, site, data, dark, t("figures.map"))
      .then((made) => (gone ? made.remove() : (map = made)))
      .catch(() => setFailed(true));
    return () => {
      gone = true;
      map?.remove();
    };
  }, [data, dark, site.imagery, t]);
  if (failed) return <p className="hint">{t("figures.map.none")}</p>;
  return (
    <>
      <div ref={place} className="condition-map" role="group" aria-label={t("figures.map")} />
      <ul className="map-legend">
        {colours.known.map((colour, at) => (
          <li key={colour}>
            <span className="swatch" style={{ background: colour }} />
            {t(`figures.condition.${(at + 1) as 1 | 2 | 3 | 4 | 5}`)}
          </li>
        ))}
        <li>
          <span className="swatch" style={{ background: colours.none }} />
          {t("figures.condition.none")}
        </li>
      </ul>
    </>
  );
}

async function draw(element: HTMLElement, site: Site, assets: readonly Feature[], dark: boolean, label: string): Promise<MapLibreMap> {
  const { Map, NavigationControl } = await mapLibre();
  const [west, south, east, north] = site.bbox as unknown as [number, number, number, number];
  const below = site.imagery.filter(({ photo }) => photo).map((image) => ({ ...image }));
  const figure = { style: "", box: [west, south, east, north] as const, picture: "", item: "", below };
  const style = styleOf(figure, null, { type: "FeatureCollection", features: [] }, dark, location.origin);
  const map = new Map({ container: element, style, bounds: [west, south, east, north], fitBoundsOptions: { padding: 24 }, attributionControl: false, cooperativeGestures: true });
  map.addControl(new NavigationControl({ showCompass: false }));
  map.getCanvas().setAttribute("aria-label", label);
  await map.once("load");
  map.addSource(source, { type: "geojson", data: pointsOf(assets) });
  const condition = ["match", ["get", "condition"], ...colours.known.flatMap((colour, at) => [at + 1, colour]), colours.none];
  map.addLayer({
    id: source,
    type: "circle",
    source,
    paint: { "circle-color": condition as never, "circle-radius": ["interpolate", ["linear"], ["zoom"], 12, 2.5, 18, 7], "circle-stroke-width": 1, "circle-stroke-color": "#fff" },
  });
  map.on("click", source, ({ features }) => openAssets({ tab: "register", asset: String(features?.[0]?.properties["id"] ?? "") }));
  map.on("mouseenter", source, () => (map.getCanvas().style.cursor = "pointer"));
  map.on("mouseleave", source, () => (map.getCanvas().style.cursor = ""));
  return map;
}

/** Assets as points, those of bad condition last so that they lie on top. */
function pointsOf(assets: readonly Feature[]): GeoJSON.FeatureCollection {
  const order = [...assets].sort((one, other) => Number(one.properties["condition"] ?? 0) - Number(other.properties["condition"] ?? 0));
  return {
    type: "FeatureCollection",
    features: order.flatMap((asset): GeoJSON.Feature[] => {
      const middle = middleOf(asset);
      const properties = { id: asset.id, condition: asset.properties["condition"] ?? 0 };
      return middle ? [{ type: "Feature", properties, geometry: { type: "Point", coordinates: [...middle] } }] : [];
    }),
  };
}
