// Inspections: a way to begin one, those that have not been sent, and what was found.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { inspectionsQuery } from "../../../api/work.ts";
import { useText } from "../../../i18n/use-text.ts";
import { Button } from "../../../ui/button.tsx";
import { openOrder, useKept } from "./address.ts";
import { AssetField } from "./asset-field.tsx";
import { allDrafts, keyOf, type Draft } from "./draft.ts";
import { Moment } from "./marks.tsx";
import { sendWaiting } from "./sending.ts";

const shown = 200;

export function Inspections() {
  const { t } = useText();
  const { data } = useQuery(inspectionsQuery({}, shown));
  return (
    <>
      <Begin />
      <Unsent />
      <h2>{t("work.inspections.made")}</h2>
      {data?.inspections.length === 0 && <p className="hint">{t("work.inspections.none")}</p>}
      <div className="table-scroll" tabIndex={0} role="region" aria-label={t("work.inspections.made")}>
        <table>
          <thead>
            <tr>
              <th scope="col">{t("work.at")}</th>
              <th scope="col">{t("work.asset")}</th>
              <th scope="col">{t("work.checklist")}</th>
              <th scope="col">{t("work.outcome")}</th>
              <th scope="col">{t("work.inspector")}</th>
              <th scope="col">{t("work.orders")}</th>
            </tr>
          </thead>
          <tbody>
            {data?.inspections.map((one) => (
              <tr key={one.id}>
                <td>
                  <Moment at={one.at} />
                </td>
                <th scope="row">{one.asset_tag}</th>
                <td>{one.title}</td>
                <td>
                  <span className={`outcome-mark ${one.outcome}`}>{t(`work.outcome.${one.outcome}`)}</span>
                </td>
                <td>{one.who}</td>
                <td>
                  {one.orders.map((id, at) => (
                    <button key={id} type="button" className="link" onClick={() => openOrder(id)}>
                      {t("work.order")} {at + 1}
                    </button>
                  ))}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

function Begin() {
  const { t } = useText();
  const { set } = useKept();
  const [asset, setAsset] = useState("");
  return (
    <form
      className="begin"
      onSubmit={(event) => {
        event.preventDefault();
        set({ inspect: asset.trim() });
      }}
    >
      <AssetField value={asset} onChange={setAsset} required />
      <Button type="submit" className="primary big" disabled={!asset.trim()}>
        {t("work.inspect")}
      </Button>
    </form>
  );
}

/** Drafts in this browser; complete ones go by themselves when there is a network again. */
function Unsent() {
  const { t } = useText();
  const { set } = useKept();
  const queries = useQueryClient();
  const [drafts, setDrafts] = useState<readonly Draft[]>([]);
  useEffect(() => {
    let gone = false;
    const look = async (): Promise<void> => {
      const sent = await sendWaiting().catch(() => 0);
      const left = await allDrafts().catch(() => []);
      if (!gone) setDrafts(left);
      if (sent) void queries.invalidateQueries({ queryKey: ["work"] });
    };
    void look();
    const again = (): void => void look();
    addEventListener("online", again);
    return () => {
      gone = true;
      removeEventListener("online", again);
    };
  }, [queries]);
  if (drafts.length === 0) return null;
  return (
    <section>
      <h2>{t("work.unsent")}</h2>
      <ul className="lines">
        {drafts.map((one) => (
          <li key={keyOf(one)}>
            <button type="button" className="link" onClick={() => set({ inspect: one.asset, list: one.checklist, for: one.order })}>
              {one.asset} · {one.checklist}
            </button>
            <small>{t(one.waits ? "work.waiting" : "work.begun")}</small>
          </li>
        ))}
      </ul>
    </section>
  );
}
