// One Record: what the data are, their map, their files, and how programs read them.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { collectionUseQuery, recordLinksQuery, recordQuery } from "../../api/queries.ts";
import type { EditableRecord } from "../../api/records.ts";
import { sameOrigin } from "../../api/client.ts";
import type { Site, Text } from "../../api/types.ts";
import { isKey } from "../../i18n/translate.ts";
import { useText } from "../../i18n/use-text.ts";
import { go, key, show } from "../../state.ts";
import { Button, IconButton } from "../../ui/button.tsx";
import { Copy } from "../../ui/copy.tsx";
import { Facts, type Fact } from "../../ui/facts.tsx";
import { Group } from "../../ui/group.tsx";
import { Failure } from "../failure.tsx";
import { Edit } from "./edit.tsx";
import { MapView } from "./map-view.tsx";
import { extentOf, figureOf } from "./results.tsx";

export function RecordView({ id, site, dark }: { id: string; site: Site; dark: boolean }) {
  const { t, language, say } = useText();
  const { data, error, refetch } = useQuery(recordQuery(id));
  const links = useQuery(recordLinksQuery(id, language)).data;
  const ours = data?.document.collection;
  const use = useQuery({ ...collectionUseQuery(ours ?? "", language), enabled: Boolean(ours) }).data;
  const [editing, setEditing] = useState(false);
  const client = useQueryClient();
  if (error) return <Failure error={error} onRetry={() => void refetch()} />;
  if (!data) return <p className="hint">{t("inspector.loading", { id })}</p>;
  const title = say(data.document.title) || id;
  const extent = links ? extentOf(links) : null;
  const figure = use?.figure ?? (extent ? figureOf(extent, site) : null);
  return (
    <article className="record">
      <header>
        <div>
          <h2 ref={arrive} tabIndex={-1}>
            {title}
          </h2>
          <small>{id}</small>
        </div>
        <IconButton icon="close" label={t("inspector.close")} onClick={() => go({ record: "" })} />
      </header>
      {say(data.document.description) && <p className="lead">{say(data.document.description)}</p>}
      {figure && <MapView figure={figure} label={t("portal.mapOf", { name: title })} dark={dark} />}
      <div className="record-actions">
        <OnTwin id={ours ?? ""} site={site} />
        {site.upload?.open && (
          <Button aria-expanded={editing} onClick={() => setEditing(!editing)}>
            {t("edit.open")}
          </Button>
        )}
        <a href={`/ogc/collections/records/items/${encodeURIComponent(id)}?f=html&lang=${language}`}>{t("catalogue.page")}</a>
      </div>
      {editing && (
        <Edit
          record={data}
          onDone={() => {
            setEditing(false);
            void client.invalidateQueries();
          }}
        />
      )}
      {use && use.downloads.length > 0 && (
        <>
          <h3>{t("portal.downloads")}</h3>
          <p className="chips">
            {use.downloads.map(({ title: form, href }) => (
              <a key={href} href={sameOrigin(href)} download>
                {form}
              </a>
            ))}
          </p>
        </>
      )}
      <h3>{t("portal.metadata")}</h3>
      <Facts facts={factsOf(data, t, say)} />
      {use && use.snippets.length > 0 && (
        <>
          <h3>{t("portal.snippets")}</h3>
          {use.snippets.map((one, index) => (
            <Group key={one.title} title={one.title} open={index === 0}>
              <p className="hint">{one.hint}</p>
              <div className="snippet">
                <pre tabIndex={0}>{one.code}</pre>
                <Copy text={one.code} label={t("action.copy")} done={t("action.copied")} />
              </div>
            </Group>
          ))}
        </>
      )}
      <h3>{t("portal.links")}</h3>
      <ul className="link-list">
        {(links?.links ?? [])
          .filter(({ rel }) => rel !== "self" && rel !== "collection")
          .map(({ href, title: words, type }) => (
            <li key={href}>
              <a href={href} target="_blank" rel="noreferrer">
                {words || href}
              </a>{" "}
              <small>{type}</small>
            </li>
          ))}
      </ul>
    </article>
  );
}

/** Who opens a record goes on reading there: with the keyboard, with a screen reader, and on a narrow screen. */
function arrive(heading: HTMLElement | null): void {
  heading?.focus();
}

function OnTwin({ id, site }: { id: string; site: Site }) {
  const { t } = useText();
  const part = site.layers.some((one) => one.id === id) ? "layer" : site.imagery.some((one) => one.id === id) ? "imagery" : null;
  if (!part) return null;
  const open = (): void => {
    show(site, [key(part, id)], true);
    go({ place: "twin" });
  };
  return <Button onClick={open}>{t("catalogue.onMap")}</Button>;
}

function factsOf({ document, completeness }: EditableRecord, t: ReturnType<typeof useText>["t"], say: (text: Text | null | undefined) => string): Fact[] {
  const keywords = Object.values(document.keywords ?? {}).flat();
  const contacts = (document.contacts ?? []).map(({ organisation, name, email }) => [say(organisation), name, email].filter(Boolean).join(", "));
  const frequency = `updateFrequency.${document.update_frequency ?? ""}`;
  const rows: [name: Parameters<typeof t>[0], value: string | undefined, exact?: boolean][] = [
    ["record.keywords", [...new Set(keywords)].join(", ")],
    ["record.licence", document.licence],
    ["record.rights", say(document.rights)],
    ["record.contacts", contacts.join("; ")],
    ["record.lineage", say(document.lineage)],
    ["record.quality", say(document.quality)],
    ["record.frequency", isKey(frequency) ? t(frequency) : document.update_frequency],
    ["record.crs", document.crs],
    ["record.heights", document.height_datum],
    ["record.extent", document.extent?.bbox?.map((value) => value.toFixed(5)).join(", "), true],
    ["record.time", document.extent?.time],
    ["record.updated", document.updated?.slice(0, 19).replace("T", " ")],
    ["portal.completeness", `${completeness.score} / 100`],
    ["record.missing", completeness.missing.join(", ")],
  ];
  return rows.filter(([, value]) => value).map(([name, value, exact]) => ({ name: t(name), value, ...(exact ? { exact } : {}) }));
}
