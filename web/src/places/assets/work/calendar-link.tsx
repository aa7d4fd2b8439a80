// An address with a secret key that calendar programs subscribe to.
import { useState } from "react";
import { addFeed } from "../../../api/work.ts";
import { useText } from "../../../i18n/use-text.ts";
import { Button } from "../../../ui/button.tsx";
import { Copy } from "../../../ui/copy.tsx";
import { Trouble } from "../../submissions/trouble.tsx";
import { useWorkAction } from "./action.ts";

export function CalendarLink({ title, of }: { title: string; of: { readonly asset?: string; readonly assignee?: string } }) {
  const { t, language } = useText();
  const { busy, problem, run } = useWorkAction();
  const [url, setUrl] = useState("");
  const make = (): void => void run(async () => setUrl((await addFeed({ title, ...of, language })).url));
  if (url) {
    return (
      <p className="calendar-link" role="status">
        {t("work.feed.told")} <a href={url.replace(/^https?:/, "webcal:")}>{url}</a>
        <Copy text={url} label={t("work.feed")} done={t("action.copied")} />
      </p>
    );
  }
  return (
    <>
      <Button disabled={busy} onClick={make}>
        {t("work.feed")}
      </Button>
      <Trouble problem={problem} />
    </>
  );
}
