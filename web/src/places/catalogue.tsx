// Catalogue: the portal to all data. Search, facets, results on a map; one record with its map, downloads, snippets and editing.
import { useQuery } from "@tanstack/react-query";
import { useDeferredValue, useEffect, useState } from "react";
import { recordsQuery } from "../api/queries.ts";
import { choiceOf, facetNames, pageSize, readChoice, type FacetName, type RecordsPage } from "../api/records.ts";
import type { Site } from "../api/types.ts";
import { isKey, type Key } from "../i18n/translate.ts";
import { useText } from "../i18n/use-text.ts";
import { amend, go, useStore } from "../state.ts";
import { Button } from "../ui/button.tsx";
import { Copy } from "../ui/copy.tsx";
import { Icon } from "../ui/icon.tsx";
import { Failure } from "./failure.tsx";
import { RecordView } from "./portal/record.tsx";
import { Hits, ResultMap, Results } from "./portal/results.tsx";
import { Upload } from "./portal/upload.tsx";

export function Catalogue({ site, dark }: { site: Site; dark: boolean }) {
  const { t, language } = useText();
  const { query, facets, record } = useStore(({ view }) => view);
  const [offset, setOffset] = useState(0);
  const [adding, setAdding] = useState(false);
  const settled = useDeferredValue(query);
  useEffect(() => setOffset(0), [settled, facets]);
  const { data, error, refetch } = useQuery(recordsQuery(settled, facets, offset, language));
  const endpoint = `${location.origin}/ogc`;
  return (
    <main
      className="page portal"
      onDragOver={(event) => {
        if (!site.upload?.open || !event.dataTransfer.types.includes("Files")) return;
        event.preventDefault();
        setAdding(true);
      }}
      onDrop={(event) => event.preventDefault()}
    >
      <div className="page-head">
        <h1>{t("place.catalogue")}</h1>
        <p>
          {t("catalogue.intro")} <code>{endpoint}</code>
          <Copy text={endpoint} label={t("action.copy")} done={t("action.copied")} />
        </p>
        <div className="portal-search" role="search">
          <div className="filter wide">
            <Icon name="search" size={14} />
            <input
              type="search"
              aria-label={t("portal.search")}
              placeholder={t("portal.search")}
              value={query}
              onChange={(event) => amend({ query: event.target.value })}
            />
            <span className="count" role="status">
              {data ? t("portal.count", { n: data.numberMatched }) : ""}
            </span>
          </div>
          {site.upload?.open && (
            <Button icon="plus" aria-expanded={adding} onClick={() => setAdding(!adding)}>
              {t("upload.open")}
            </Button>
          )}
        </div>
      </div>
      {adding && <Upload limitMb={site.upload?.limit_mb ?? 0} onPublished={() => void refetch()} />}
      {error && <Failure error={error} onRetry={() => void refetch()} />}
      {data && (
        <div className={`portal-columns${record ? " with-record" : ""}`}>
          <Facets page={data} choices={facets} />
          <section className="portal-results" aria-label={t("portal.results")}>
            <Results page={data} chosen={record} query={settled} />
            <Pages offset={offset} total={data.numberMatched} onMove={setOffset} />
            <Hits query={settled} />
          </section>
          <section className="portal-detail">
            {record ? <RecordView key={record} id={record} site={site} dark={dark} /> : <ResultMap page={data} site={site} dark={dark} />}
          </section>
        </div>
      )}
    </main>
  );
}

function Facets({ page, choices }: { page: RecordsPage; choices: readonly string[] }) {
  const { t, number } = useText();
  const toggle = (choice: string): void => go({ facets: choices.includes(choice) ? choices.filter((one) => one !== choice) : [...choices, choice] });
  const shown = facetNames.filter((name) => (page.facets?.[name]?.buckets.length ?? 0) > 1 || choices.some((one) => readChoice(one)[0] === name));
  return (
    <aside className="portal-facets" aria-label={t("portal.facets")}>
      {shown.map((name) => (
        <fieldset key={name}>
          <legend>{t(`facet.${name}`)}</legend>
          {bucketsOf(page, name, choices).map(({ value, count, title }) => {
            const choice = choiceOf(name, value);
            return (
              <label key={value}>
                <input type="checkbox" checked={choices.includes(choice)} onChange={() => toggle(choice)} />
                <span>{title ?? nameOf(name, value, t)}</span>
                <small>{number(count)}</small>
              </label>
            );
          })}
        </fieldset>
      ))}
    </aside>
  );
}

const mostBuckets = 8;

/** The most frequent values, and those that are chosen whether or not anything has them now. */
function bucketsOf(page: RecordsPage, name: FacetName, choices: readonly string[]) {
  const buckets = page.facets?.[name]?.buckets ?? [];
  const chosen = choices.map(readChoice).filter(([facet]) => facet === name);
  const missing = chosen.filter(([, value]) => !buckets.slice(0, mostBuckets).some((bucket) => bucket.value === value));
  const rest = missing.map(([, value]) => buckets.find((bucket) => bucket.value === value) ?? { value, count: 0 });
  return [...buckets.slice(0, mostBuckets), ...rest];
}

function nameOf(facet: string, value: string, t: (key: Key) => string): string {
  const key = `${facet}.${value}`;
  return isKey(key) ? t(key) : value;
}

function Pages({ offset, total, onMove }: { offset: number; total: number; onMove: (offset: number) => void }) {
  const { t } = useText();
  if (total <= pageSize) return null;
  return (
    <nav className="links" aria-label={t("portal.pages")}>
      <Button disabled={offset === 0} onClick={() => onMove(Math.max(0, offset - pageSize))}>
        {t("portal.previous")}
      </Button>
      <small>
        {offset + 1}–{Math.min(offset + pageSize, total)}
      </small>
      <Button disabled={offset + pageSize >= total} onClick={() => onMove(offset + pageSize)}>
        {t("portal.next")}
      </Button>
    </nav>
  );
}
