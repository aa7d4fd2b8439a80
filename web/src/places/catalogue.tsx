// Catalogue: every Collection that the server publishes, and where to read it.
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { collectionsQuery } from "../api/queries.ts";
import type { CollectionInfo, Site } from "../api/types.ts";
import { isKey, type Key } from "../i18n/translate.ts";
import { useText, type Words } from "../i18n/use-text.ts";
import { go, key, show } from "../state.ts";
import { Button } from "../ui/button.tsx";
import { Copy } from "../ui/copy.tsx";
import { Icon } from "../ui/icon.tsx";
import { Failure } from "./failure.tsx";

const bim = new Set(["elements", "spaces", "storeys", "models"]);

interface Row {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly kind: string;
  readonly count: number | null;
  readonly extent: string;
  readonly part: string | null;
  readonly items: boolean;
}

export function Catalogue({ site }: { site: Site }) {
  const words = useText();
  const { t, number } = words;
  const { data, error, refetch } = useQuery(collectionsQuery);
  const [query, setQuery] = useState("");
  const rows = (data?.collections ?? []).map((info) => rowOf(info, site, words));
  const found = rows.filter(({ id, title, description }) => `${id} ${title} ${description}`.toLowerCase().includes(query.trim().toLowerCase()));
  const endpoint = `${location.origin}/ogc`;
  return (
    <main className="page">
      <div className="page-head">
        <h1>{t("place.catalogue")}</h1>
        <p>
          {t("catalogue.intro")} <code>{endpoint}</code>
          <Copy text={endpoint} label={t("action.copy")} done={t("action.copied")} />
        </p>
      </div>
      {error && <Failure error={error} onRetry={() => void refetch()} />}
      {data && (
        <>
          <div className="filter wide">
            <Icon name="search" size={14} />
            <input
              type="text"
              aria-label={t("catalogue.filter")}
              placeholder={t("catalogue.filter")}
              value={query}
              onChange={(event) => setQuery(event.target.value)}
            />
            <span className="count" role="status">
              {t("catalogue.count", { n: found.length })}
            </span>
          </div>
          {found.length === 0 ? (
            <p className="hint">{query ? t("catalogue.none", { query }) : t("catalogue.empty")}</p>
          ) : (
            <div className="table-scroll" tabIndex={0} role="region" aria-label={t("place.catalogue")}>
              <table>
                <thead>
                  <tr>
                    <th scope="col">{t("catalogue.column.title")}</th>
                    <th scope="col">{t("catalogue.column.kind")}</th>
                    <th scope="col" className="number">
                      {t("catalogue.column.count")}
                    </th>
                    <th scope="col">{t("catalogue.column.extent")}</th>
                    <th scope="col">{t("catalogue.column.links")}</th>
                  </tr>
                </thead>
                <tbody>
                  {found.map((row) => (
                    <tr key={row.id}>
                      <th scope="row">
                        {row.title}
                        <small>{row.description && row.description !== row.title ? `${row.id} · ${row.description}` : row.id}</small>
                      </th>
                      <td>{row.kind}</td>
                      <td className="number">{row.count === null ? "" : number(row.count)}</td>
                      <td className="exact">{row.extent}</td>
                      <td>
                        <Links row={row} site={site} />
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          )}
        </>
      )}
    </main>
  );
}

function Links({ row, site }: { row: Row; site: Site }) {
  const { t } = useText();
  const base = `/ogc/collections/${encodeURIComponent(row.id)}`;
  const outward = { target: "_blank", rel: "noreferrer" };
  const open = (part: string): void => {
    show(site, [part], true);
    go({ place: "twin" });
  };
  return (
    <span className="links">
      {row.part && <Button onClick={() => open(row.part!)}>{t("catalogue.onMap")}</Button>}
      {row.items && (
        <a href={`${base}/items?f=json`} {...outward}>
          {t("catalogue.items")}
        </a>
      )}
      <a href={`${base}?f=html`} {...outward}>
        {t("catalogue.page")}
      </a>
      {row.items && (
        <a href={`${base}/queryables?f=json`} {...outward}>
          {t("catalogue.queryables")}
        </a>
      )}
    </span>
  );
}

function rowOf(info: CollectionInfo, site: Site, { t, say }: Words): Row {
  const layer = site.layers.find(({ id }) => id === info.id);
  const imagery = site.imagery.find(({ id }) => id === info.id);
  const kind = layer ? "kind.layer" : imagery ? "kind.imagery" : bim.has(info.id) ? "kind.bim" : "kind.other";
  return {
    id: info.id,
    title: say(layer?.title ?? imagery?.title) || (isKey(`group.${info.id}`) ? t(`group.${info.id}` as Key) : info.title) || info.id,
    description: info.description ?? "",
    kind: t(kind),
    count: layer?.count ?? bimCount(info.id, site),
    extent: info.extent?.spatial?.bbox?.[0]?.map((value) => value.toFixed(4)).join(", ") ?? "",
    part: layer ? key("layer", layer.id) : imagery ? key("imagery", imagery.id) : null,
    items: info.links?.some(({ rel }) => rel === "items") ?? info.itemType === "feature",
  };
}

function bimCount(id: string, site: Site): number | null {
  if (id === "models") return site.models.length;
  return id === "elements" ? site.models.reduce((sum, { count }) => sum + count, 0) : null;
}
