// The assets of the list on a map, over the photographs of the place.
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { shapesQuery, type Asked } from "../../api/assets.ts";
import { boxOfFeature } from "../../api/geometry.ts";
import type { Feature, Site } from "../../api/types.ts";
import { useText } from "../../i18n/use-text.ts";
import { itemSource, type Box, type Figure } from "../../map/figure.ts";
import { preview } from "../../map/preview.ts";
import { useAssetWords } from "./words.ts";

const most = 2000;

interface Props {
  readonly site: Site;
  readonly asked: Asked;
  readonly dark: boolean;
  readonly onPick: (id: string, element: string | null) => void;
}

export function AssetMap({ site, asked, dark, onPick }: Props) {
  const { t } = useText();
  const words = useAssetWords();
  const { data } = useQuery(shapesQuery(asked, most));
  const element = useRef<HTMLDivElement>(null);
  const picked = useRef(onPick);
  picked.current = onPick;
  const label = t("assets.map.label", { n: data?.length ?? 0 });
  useEffect(() => {
    if (!element.current || !data) return;
    const points = data.map(asPoint).filter((one) => one !== null);
    const made = preview(element.current, figureOf(site, points), { dark, label, marked: { type: "FeatureCollection", features: points } });
    void made.then((drawn) => {
      const layer = `${itemSource}-point`;
      drawn?.map.on("click", layer, (event) => {
        const found = event.features?.[0]?.properties;
        if (found) picked.current(String(found["asset"]), found["element"] ? String(found["element"]) : null);
      });
      drawn?.map.on("mouseenter", layer, () => (drawn.map.getCanvas().style.cursor = "pointer"));
      drawn?.map.on("mouseleave", layer, () => (drawn.map.getCanvas().style.cursor = ""));
    });
    return () => void made.then((drawn) => drawn?.close());
  }, [data, dark, site, label]);
  return (
    <div className="assets-map">
      <div className="map" ref={element} />
      {data && data.length === most && <p className="banner">{t("assets.map.cut", { n: most })}</p>}
      <p className="unseen" role="status">
        {label} {words.field("location")}
      </p>
    </div>
  );
}

function asPoint(feature: Feature): GeoJSON.Feature | null {
  const box = boxOfFeature(feature);
  if (!box) return null;
  const flat = box.length === 6 ? [box[0]!, box[1]!, box[3]!, box[4]!] : box;
  const middle = [(flat[0]! + flat[2]!) / 2, (flat[1]! + flat[3]!) / 2];
  const { tag, element } = feature.properties;
  return { type: "Feature", properties: { asset: String(feature.id), tag, element: element ?? "" }, geometry: { type: "Point", coordinates: middle } };
}

function figureOf(site: Site, points: readonly GeoJSON.Feature[]): Figure {
  const at = points.map(({ geometry }) => (geometry as GeoJSON.Point).coordinates);
  const [west, south, east, north] = site.bbox.length === 6 ? [site.bbox[0]!, site.bbox[1]!, site.bbox[3]!, site.bbox[4]!] : (site.bbox as Box);
  const [x, y] = [at.map((one) => one[0]!), at.map((one) => one[1]!)];
  const least = (list: number[], otherwise: number): number => list.reduce((low, one) => Math.min(low, one), list.length ? Infinity : otherwise);
  const greatest = (list: number[], otherwise: number): number => list.reduce((high, one) => Math.max(high, one), list.length ? -Infinity : otherwise);
  const margin = 2e-4;
  const box: Box = [least(x, west) - margin, least(y, south) - margin, greatest(x, east) + margin, greatest(y, north) + margin];
  return { style: "", box, picture: "", item: "", below: site.imagery };
}
