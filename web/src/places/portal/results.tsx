// What the catalogue found: a list, and where it lies.
import { useQuery } from "@tanstack/react-query";
import { boxOf, boxOfFeature } from "../../api/geometry.ts";
import { searchQuery } from "../../api/queries.ts";
import type { RecordFeature, RecordsPage } from "../../api/records.ts";
import type { Site } from "../../api/types.ts";
import { isKey } from "../../i18n/translate.ts";
import { useText } from "../../i18n/use-text.ts";
import type { Box, Figure } from "../../map/figure.ts";
import { go } from "../../state.ts";
import { MapView } from "./map-view.tsx";

const mostWords = 180;

export function Results({ page, chosen, query }: { page: RecordsPage; chosen: string; query: string }) {
  const { t } = useText();
  if (page.features.length === 0) return <p className="hint">{query ? t("portal.none", { query }) : t("portal.empty")}</p>;
  return (
    <ul className="results-list">
      {page.features.map((record) => (
        <li key={record.id} aria-current={record.id === chosen ? "true" : undefined}>
          <Result record={record} />
        </li>
      ))}
    </ul>
  );
}

function Result({ record: { id, geometry, properties } }: { record: RecordFeature }) {
  const { t } = useText();
  const { title, description, kind, updated, completeness } = properties;
  const box = extentOf({ geometry });
  const kindKey = `kind.${kind ?? ""}`;
  return (
    <article>
      <h2>
        <button type="button" className="link" onClick={() => go({ record: id })}>
          {title || id}
        </button>
      </h2>
      {description && description !== title && <p>{description.length > mostWords ? `${description.slice(0, mostWords - 1)}…` : description}</p>}
      <small>
        {[isKey(kindKey) ? t(kindKey) : kind, updated?.slice(0, 10), box?.map((value) => value.toFixed(3)).join(", ")].filter(Boolean).join(" · ")}
      </small>
      {completeness && (
        <small className="score" title={t("portal.completeness")}>
          <meter min={0} max={100} value={completeness.score} aria-label={t("portal.completeness")} /> {completeness.score}
        </small>
      )}
    </article>
  );
}

const mostHits = 8;

/** Features and elements that the words occur in, below the Records. */
export function Hits({ query }: { query: string }) {
  const { t, say } = useText();
  const text = query.trim();
  const { data } = useQuery(searchQuery(text, mostHits));
  const hits = text ? (data?.results ?? []).filter(({ id }) => id !== null) : [];
  if (hits.length === 0) return null;
  return (
    <section className="hits">
      <h3>{t("portal.inData")}</h3>
      <ul className="link-list">
        {hits.map(({ collection, id, title, subtitle }) => (
          <li key={`${collection} ${id}`}>
            <a href={`/ogc/collections/${encodeURIComponent(collection)}/items/${encodeURIComponent(id!)}?f=html`}>{say(title)}</a>{" "}
            <small>{[collection, say(subtitle)].filter(Boolean).join(" · ")}</small>
          </li>
        ))}
      </ul>
    </section>
  );
}

export function ResultMap({ page, site, dark }: { page: RecordsPage; site: Site; dark: boolean }) {
  const { t } = useText();
  const boxes = page.features.map(extentOf).filter((box) => box !== null);
  const whole = boxOf(boxes.flatMap((box) => [box.slice(0, 2), box.slice(2)])) ?? (site.bbox as unknown as Box);
  const marked: GeoJSON.FeatureCollection = {
    type: "FeatureCollection",
    features: page.features
      .filter(({ geometry }) => geometry !== null)
      .map(({ geometry }) => ({ type: "Feature", properties: {}, geometry: geometry as unknown as GeoJSON.Geometry })),
  };
  return <MapView figure={figureOf(whole, site)} marked={marked} label={t("portal.extents")} dark={dark} />;
}

/** A map of a box alone, over the photographs of the site. */
export function figureOf([west, south, east, north]: readonly number[], site: Site): Figure {
  const margin = 0.06 * Math.max(east! - west!, north! - south!, 0.001);
  return {
    style: "",
    box: [west! - margin, Math.max(-85, south! - margin), east! + margin, Math.min(85, north! + margin)],
    picture: "",
    item: "",
    below: site.imagery.filter(({ photo }) => photo),
  };
}

export function extentOf({ geometry }: Pick<RecordFeature, "geometry">): readonly number[] | null {
  return boxOfFeature({ type: "Feature", id: "", geometry, properties: {} });
}
