// One asset: what and where it is, what belongs to it, what is done with it, and all that happened.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useState, type ReactNode } from "react";
import { assetFeatureQuery, assetQuery, type Asset, type Opened } from "../../api/assets.ts";
import { token } from "../../api/editor.ts";
import type { Site } from "../../api/types.ts";
import { useText } from "../../i18n/use-text.ts";
import { structured, valueSets, withUnit } from "../../panels/element.ts";
import { rgb } from "../../scene/appearance.ts";
import type { TwinScene } from "../../scene/scene.ts";
import { select } from "../../state.ts";
import { Button } from "../../ui/button.tsx";
import { Facts, type Fact } from "../../ui/facts.tsx";
import { Group } from "../../ui/group.tsx";
import { Failure } from "../failure.tsx";
import { SignIn } from "../portal/sign-in.tsx";
import { Entrance, isDenied } from "../entrance.tsx";
import { AssetEdit } from "./asset-edit.tsx";
import { AssetHistory } from "./asset-history.tsx";
import { AssetLabel } from "./asset-label.tsx";
import { AssetWork } from "./asset-work.tsx";
import { Documents } from "./documents.tsx";
import { FloorSketch, pathOf, positionsOf } from "./floor-sketch.tsx";
import { goAssets } from "./going.ts";
import { marksOf, noMarks } from "./marks.ts";
import { Neighbours } from "./neighbours.tsx";
import { goToAsset } from "./reaching.ts";
import { useMarks } from "./use-marks.ts";
import { unitText } from "./value-field.tsx";
import { useAssetWords } from "./words.ts";

const own = rgb("#0b63e5");
const identity = ["asset_class", "category", "description", "ifc_class", "predefined_type", "uniclass", "omniclass", "presence"] as const;
const state = ["status", "condition", "criticality", "warranty_end", "installed_on", "commissioned_on", "expected_life_years", "cost", "currency"] as const;
const device = ["manufacturer", "product", "serial", "installed_on", "removed_on", "warranty_end", "condition", "run_hours"] as const;

interface Props {
  readonly id: string;
  readonly site: Site;
  readonly scene: TwinScene | null;
}

export function AssetPage({ id, scene }: Props) {
  const { t } = useText();
  const [moment, setMoment] = useState("");
  const now = useQuery(assetQuery(id));
  const then = useQuery({ ...assetQuery(id, moment), enabled: moment !== "" });
  const opened = now.data;
  return (
    <div className="assets-body asset-page">
      <Button className="back" onClick={() => goAssets({ asset: "" })}>
        ‹ {t("assets.all")}
      </Button>
      {now.error && !opened && (isDenied(now.error) ? <Entrance says="assets.entrance" onEnter={() => void now.refetch()} /> : <Failure error={now.error} onRetry={() => void now.refetch()} />)}
      {opened && <Page opened={opened} shown={moment && then.data ? then.data.asset : opened.asset} moment={moment} onMoment={setMoment} scene={scene} />}
    </div>
  );
}

interface PageProps {
  readonly opened: Opened;
  /** The asset as it is shown: as it is now, or as it was. */
  readonly shown: Asset;
  readonly moment: string;
  readonly onMoment: (moment: string) => void;
  readonly scene: TwinScene | null;
}

function Page({ opened, shown, moment, onMoment, scene }: PageProps) {
  const { t, language } = useText();
  const words = useAssetWords();
  const [editing, setEditing] = useState(false);
  const { asset } = opened;
  const mayEdit = token() !== "";
  const marks = useMemo(() => (asset.element ? marksOf([{ elements: [asset.element], colour: own }]) : noMarks), [asset.element]);
  useMarks(marks);
  useEffect(() => {
    if (asset.element) select({ collection: "elements", id: asset.element });
  }, [asset.element]);
  return (
    <>
      <header>
        <h2 className="asset-title">{words.nameOf(shown)}</h2>
        <p>
          <strong data-tag={asset.tag}>{shown.tag}</strong> · {words.value("asset_class", shown["asset_class"])} ·{" "}
          <span data-field="status" data-value={String(shown["status"])}>
            {words.value("status", shown["status"])}
          </span>
        </p>
        {moment && (
          <p className="banner as-of" role="status">
            {t("assets.asOf.shown", { time: new Date(moment).toLocaleString(language) })}{" "}
            <button type="button" className="link" onClick={() => onMoment("")}>
              {t("assets.asOf.now")}
            </button>
          </p>
        )}
      </header>
      <Actions asset={asset} scene={scene} editing={editing} mayEdit={mayEdit} onEdit={() => setEditing(!editing)} />
      {!mayEdit && (
        <Group title={t("assets.signIn")} open={false}>
          <SignIn />
        </Group>
      )}
      {editing && <AssetEdit opened={opened} onDone={() => setEditing(false)} />}
      {asset.open_proposals.length > 0 && (
        <p className="banner">
          <button type="button" className="link" onClick={() => goAssets({ tab: "proposals", asset: asset.id })}>
            {t("assets.proposals.open", { n: asset.open_proposals.length })}
          </button>
        </p>
      )}
      <div className="asset-columns">
        <div>
          <Section title={t("assets.section.identity")}>
            <FieldFacts of={shown} names={identity} />
          </Section>
          <Section title={t("assets.section.state")}>
            <FieldFacts of={shown} names={state} />
          </Section>
        </div>
        <div>
          <Section title={t("assets.section.place")}>
            <PlacePath asset={shown} />
            <PlacePicture asset={asset} />
          </Section>
          <AssetLabel tag={asset.tag} />
        </div>
      </div>
      <Template asset={shown} />
      {asset.element && <Neighbours element={asset.element} scene={scene} />}
      <Family asset={shown} />
      <Section title={t("assets.section.devices")}>
        {shown.devices.length === 0 ? <p className="hint">{t("assets.devices.none")}</p> : null}
        {shown.devices.map((one) => (
          <FieldFacts key={String(one["id"])} of={one} names={device} />
        ))}
      </Section>
      <Section title={t("assets.section.documents")}>
        <Documents opened={opened} mayEdit={mayEdit} />
      </Section>
      {mayEdit && <AssetWork tag={asset.tag} id={asset.id} />}
      <Section title={t("assets.section.history")}>
        <AssetHistory opened={opened} moment={moment} onMoment={onMoment} mayEdit={mayEdit} />
      </Section>
    </>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section>
      <h2>{title}</h2>
      {children}
    </section>
  );
}

interface ActionsProps {
  readonly asset: Asset;
  readonly scene: TwinScene | null;
  readonly editing: boolean;
  readonly mayEdit: boolean;
  readonly onEdit: () => void;
}

function Actions({ asset, scene, editing, mayEdit, onEdit }: ActionsProps) {
  const { t } = useText();
  const queries = useQueryClient();
  return (
    <div className="record-actions">
      <Button icon="fly" onClick={() => void goToAsset(scene, queries, asset)}>
        {t("assets.show")}
      </Button>
      <Button icon="walk" onClick={() => goAssets({ tab: "routes", to: asset.id, asset: "" })}>
        {t("assets.takeMe")}
      </Button>
      {asset.element && (
        <Button icon="isolate" onClick={() => goAssets({ tab: "trace", of: [asset.id], question: "downstream", asset: "" })}>
          {t("assets.trace")}
        </Button>
      )}
      {mayEdit && (
        <Button className="primary" aria-expanded={editing} onClick={onEdit}>
          {t("assets.edit")}
        </Button>
      )}
      {mayEdit && <Button onClick={() => goAssets({ tab: "work", asset: "", work: ["new:1", `asset:${asset.tag}`] })}>{t("assets.newOrder")}</Button>}
    </div>
  );
}

/** The fields that have a value. */
function FieldFacts({ of, names }: { of: Readonly<Record<string, unknown>>; names: readonly string[] }) {
  const words = useAssetWords();
  const facts: Fact[] = names
    .map((name) => ({ name: words.field(name), value: words.value(name, of[name]), field: name }))
    .filter(({ value }) => value !== "")
    .map(({ name, value, field }) => ({
      name,
      value: (
        <span data-field={field} data-value={String(of[field])}>
          {value}
        </span>
      ),
    }));
  return <Facts facts={facts} />;
}

/** The locations that hold it, the outermost first; each leads to all that is there. */
function PlacePath({ asset }: { asset: Asset }) {
  const { t } = useText();
  const words = useAssetWords();
  return (
    <nav aria-label={t("assets.path")} className="place-path">
      {asset.location_chain.map((one) => (
        <button key={one.id} type="button" className="link" onClick={() => goAssets({ asset: "", narrow: [`location:${one.id}`], find: "" })}>
          {words.nameOf(one) || one.id}
        </button>
      ))}
      {asset.location_chain.length === 0 && <span>{t("assets.path.none")}</span>}
    </nav>
  );
}

/** Where it is on its storey. */
function PlacePicture({ asset }: { asset: Asset }) {
  const { t } = useText();
  const storey = asset.location_chain.findLast(({ kind }) => kind === "storey");
  const { data } = useQuery(assetFeatureQuery(asset.id));
  const [, model = "", globalId = ""] = /^(.*):([^:]*)$/.exec(storey?.element ?? "") ?? [];
  if (!model || !data?.geometry) return null;
  const geometry = data.geometry;
  return (
    <FloorSketch
      model={model}
      storey={globalId}
      label={t("assets.sketch.of", { tag: asset.tag, storey: String(asset["storey_name"]) })}
      holds={positionsOf(geometry)}
      over={(project) => {
        const [first] = positionsOf(geometry);
        const [x, y] = first ? project(first) : [0, 0];
        return (
          <g className="here">
            <path d={pathOf(geometry, project)} />
            <circle cx={x} cy={y} r="9" />
            <circle cx={x} cy={y} r="3" className="dot" />
          </g>
        );
      }}
    />
  );
}

/** Values of the template with their units, then the property sets of the model. */
function Template({ asset }: { asset: Asset }) {
  const { t, say } = useText();
  const words = useAssetWords();
  const properties = (structured(asset["properties"]) ?? {}) as Readonly<Record<string, unknown>>;
  const attributes = asset.template?.attributes ?? [];
  const known = new Set(["psets", ...attributes.map(({ key }) => key)]);
  const facts: Fact[] = [
    ...attributes.map(({ key, names, unit, required }) => ({
      name: say(names) || key,
      value: properties[key] === undefined || properties[key] === null ? required ? <em>{t("assets.required")}</em> : "" : withUnit(properties[key], unitText(unit)),
    })),
    ...Object.entries(properties).filter(([key]) => !known.has(key)).map(([key, value]) => ({ name: key, value: words.value(key, value) })),
  ].filter(({ value }) => value !== "");
  const sets = valueSets(properties["psets"]);
  if (facts.length === 0 && sets.length === 0) return null;
  return (
    <Section title={words.field("properties")}>
      <Facts facts={facts} />
      {sets.map(({ name, values }) => (
        <Group key={name} title={name} count={String(values.length)} open={false}>
          <Facts facts={values.map(([key, value]) => ({ name: key, value }))} />
        </Group>
      ))}
    </Section>
  );
}

function Family({ asset }: { asset: Asset }) {
  const { t } = useText();
  const words = useAssetWords();
  const { parent_asset: parent, children } = asset;
  if (!parent && children.length === 0) return null;
  return (
    <Section title={t("assets.section.family")}>
      <ul className="link-list">
        {[...(parent ? [{ ...parent, of: "parent" }] : []), ...children.map((one) => ({ ...one, of: "child" }))].map((one) => (
          <li key={one.id}>
            <small>{t(one.of === "parent" ? "assets.parent" : "assets.child")}</small>{" "}
            <button type="button" className="link" onClick={() => goAssets({ asset: one.id })}>
              {one.tag}
            </button>{" "}
            {words.nameOf(one)}
          </li>
        ))}
      </ul>
    </Section>
  );
}
