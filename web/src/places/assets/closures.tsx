// Passages that are out of service: routes leave them out. An editor closes and opens them.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { token } from "../../api/editor.ts";
import { closePassage, closuresQuery, reopenPassage } from "../../api/ways.ts";
import { useText } from "../../i18n/use-text.ts";
import { Button } from "../../ui/button.tsx";
import { SignIn } from "../portal/sign-in.tsx";
import { Ask } from "../submissions/ask.tsx";
import { Trouble } from "../submissions/trouble.tsx";
import { When } from "../submissions/when.tsx";
import { useAssetAction } from "./action.ts";

export function Closures({ passage, onChange }: { passage: string; onChange: () => void }) {
  const { t } = useText();
  const queries = useQueryClient();
  const { data } = useQuery(closuresQuery);
  const action = useAssetAction();
  const [closing, setClosing] = useState(false);
  const done = (ok: boolean): void => {
    if (!ok) return;
    setClosing(false);
    void queries.invalidateQueries({ queryKey: closuresQuery.queryKey });
    onChange();
  };
  return (
    <div className="closures">
      {data && data.closures.length === 0 && <p className="hint">{t("assets.closures.none")}</p>}
      <ul className="link-list">
        {data?.closures.map((one) => (
          <li key={one.id}>
            <code>{one.passage}</code> {one.reason} <small>{t("assets.from")}</small> <When at={one.since} />
            {token() && (
              <Button disabled={action.busy} onClick={() => void action.run(() => reopenPassage(one.id)).then(done)}>
                {t("assets.closures.reopen")}
              </Button>
            )}
          </li>
        ))}
      </ul>
      {data && data.out_of_service.length > 0 && <p className="hint">{t("assets.closures.assets", { n: data.out_of_service.length })}</p>}
      {!token() && <SignIn />}
      {token() && !closing && (
        <Button disabled={!passage} onClick={() => setClosing(true)}>
          {t("assets.closures.close")}
        </Button>
      )}
      {token() && !passage && <p className="hint">{t("assets.closures.hint")}</p>}
      {closing && passage && (
        <Ask label={t("assets.why")} needed={false} action={t("assets.closures.close")} onCancel={() => setClosing(false)} onSay={(reason) => void action.run(() => closePassage(passage, reason)).then(done)} />
      )}
      <Trouble problem={action.problem} />
    </div>
  );
}
