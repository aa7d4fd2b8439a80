// The states of an element over the versions of its model, each with what differs from the one before.
import { useQuery } from "@tanstack/react-query";
import { statesQuery, type State } from "../../api/elements.ts";
import { useText } from "../../i18n/use-text.ts";
import { useStore } from "../../state.ts";
import { Group } from "../../ui/group.tsx";
import { differences, text } from "../element.ts";
import type { ElementProps } from "./element.tsx";

export function Versions({ feature, collection }: ElementProps) {
  const { t } = useText();
  const past = useStore(({ view }) => view.at !== "");
  const { data: states, error } = useQuery(statesQuery(collection, feature));
  if (error) return <p className="hint bad">{error.message}</p>;
  return (states ?? []).map((state, at) => (
    <Group key={state.version} title={t("field.version", { n: state.version })} {...(at === 0 && !past ? { count: t("versions.now") } : {})}>
      <StateView state={state} before={states![at + 1]} />
    </Group>
  ));
}

function StateView({ state: { version, feature }, before }: { state: State; before: State | undefined }) {
  const { t } = useText();
  if (feature === null) return <p className="hint">{t("versions.gone")}</p>;
  const since = text(feature.properties, "valid_from").replace("T", " ").slice(0, 16);
  const changed = before?.feature ? differences(before.feature.properties, feature.properties) : [];
  return (
    <>
      {since && <p className="change">{`${t("field.since")} ${since} UTC`}</p>}
      {!before?.feature && <p className="hint">{version === 1 && !before ? t("versions.new") : before ? t("versions.new") : ""}</p>}
      {before?.feature && changed.length === 0 && <p className="hint">{t("versions.same")}</p>}
      {changed.map(({ name, from, to }) => (
        <p className="change" key={name}>
          <small>{name}</small>
          <br />
          <del aria-label={`${t("versions.from")} ${from}`}>{from || "–"}</del> → <ins aria-label={`${t("versions.to")} ${to}`}>{to || "–"}</ins>
        </p>
      ))}
    </>
  );
}
