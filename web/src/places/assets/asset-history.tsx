// What happened to an asset: who changed what and why; the state of then can be looked at and brought back.
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { historyQuery, restoreAsset, type Entry, type Opened } from "../../api/assets.ts";
import { isKey } from "../../i18n/translate.ts";
import { useText } from "../../i18n/use-text.ts";
import { differences } from "../../panels/element.ts";
import { Button } from "../../ui/button.tsx";
import { Failure } from "../failure.tsx";
import { Ask } from "../submissions/ask.tsx";
import { Entrance, isDenied } from "../entrance.tsx";
import { Trouble } from "../submissions/trouble.tsx";
import { When } from "../submissions/when.tsx";
import { useAssetAction } from "./action.ts";
import { useAssetWords } from "./words.ts";

const own = "asset-register";
const shownAtFirst = 10;
const mostDifferences = 12;

interface Props {
  readonly opened: Opened;
  readonly moment: string;
  readonly onMoment: (moment: string) => void;
  readonly mayEdit: boolean;
}

export function AssetHistory({ opened, moment, onMoment, mayEdit }: Props) {
  const { t } = useText();
  const { asset } = opened;
  const { data, error, refetch } = useQuery(historyQuery(asset.id));
  const [all, setAll] = useState(false);
  if (error) return isDenied(error) ? <Entrance says="assets.entrance" onEnter={() => void refetch()} /> : <Failure error={error} onRetry={() => void refetch()} />;
  if (!data) return <p className="hint">…</p>;
  const rows = all ? data : data.slice(0, shownAtFirst);
  const present = data.find(({ collection }) => collection === own)?.number;
  return (
    <>
      <ol className="trail">
        {rows.map((entry) => (
          <Line key={entry.number} entry={entry} opened={opened} isPresent={entry.number === present} shown={moment === entry.at} onMoment={onMoment} mayEdit={mayEdit} />
        ))}
      </ol>
      {data.length > rows.length && (
        <button type="button" className="link" onClick={() => setAll(true)}>
          {t("assets.moreValues", { n: data.length - rows.length })}
        </button>
      )}
    </>
  );
}

interface LineProps {
  readonly entry: Entry;
  readonly opened: Opened;
  /** Whether the asset is as this entry left it. */
  readonly isPresent: boolean;
  readonly shown: boolean;
  readonly onMoment: (moment: string) => void;
  readonly mayEdit: boolean;
}

function Line({ entry, opened: { asset, etag }, isPresent, shown, onMoment, mayEdit }: LineProps) {
  const { t } = useText();
  const words = useAssetWords();
  const action = useAssetAction();
  const [asking, setAsking] = useState(false);
  const what = `assets.what.${entry.what}`;
  const ownRow = entry.collection === own;
  const changes = entry.before && entry.after ? differences(entry.before, entry.after).filter(({ name }) => !name.startsWith("revision")) : [];
  return (
    <li data-entry={entry.number}>
      <p>
        <strong>{isKey(what) ? t(what) : entry.what}</strong> <small>{entry.who}</small>
        {entry.why && <q>{entry.why}</q>}
      </p>
      {changes.length > 0 && (
        <ul className="entry-changes">
          {changes.slice(0, mostDifferences).map(({ name, from, to }) => (
            <li key={name}>
              {words.field(name)}: <del>{words.value(name, from) || "–"}</del> → <ins>{words.value(name, to) || "–"}</ins>
            </li>
          ))}
        </ul>
      )}
      <small>
        <When at={entry.at} /> · {entry.number} · <code title={entry.digest}>{entry.digest.slice(0, 12)}</code>
      </small>
      {ownRow && (
        <div className="record-actions">
          <Button aria-pressed={shown} onClick={() => onMoment(shown ? "" : entry.at)}>
            {t("assets.asOf")}
          </Button>
          {mayEdit && !isPresent && (
            <Button aria-expanded={asking} onClick={() => setAsking(!asking)}>
              {t("assets.restore")}
            </Button>
          )}
        </div>
      )}
      {asking && (
        <>
          <p>{t("assets.restore.sure")}</p>
          <Ask
            label={t("assets.why")}
            needed
            action={t("assets.restore")}
            onCancel={() => setAsking(false)}
            onSay={(why) => void action.run(() => restoreAsset(asset.id, entry.number, etag, why)).then((done) => done && setAsking(false))}
          />
        </>
      )}
      <Trouble problem={action.problem} />
    </li>
  );
}
