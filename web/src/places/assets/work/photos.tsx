// Photos and documents of an order.
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { attachmentQuery, attachTo, type Attachment, type Order } from "../../../api/work.ts";
import { useText } from "../../../i18n/use-text.ts";
import { Trouble } from "../../submissions/trouble.tsx";
import { useWorkAction } from "./action.ts";
import { PhotoButton } from "./photo-button.tsx";

export function Photos({ order, ended }: { order: Order; ended: boolean }) {
  const { t } = useText();
  const { busy, problem, run } = useWorkAction();
  return (
    <section>
      <h3>{t("work.photos")}</h3>
      <ul className="photos">
        {order.attachments?.map((one) => (
          <li key={one.sha256}>
            <Photo order={order} attachment={one} />
          </li>
        ))}
      </ul>
      {!ended && <PhotoButton label={t("work.photo.add")} accept="image/*,application/pdf" disabled={busy} onFile={(file) => void run(() => attachTo(order.id, file))} />}
      <Trouble problem={problem} />
    </section>
  );
}

function Photo({ order, attachment }: { order: Order; attachment: Attachment }) {
  const { t } = useText();
  const url = useObjectUrl(useQuery(attachmentQuery("work-orders", order.id, attachment)).data);
  if (!url) return <span className="hint">…</span>;
  const name = attachment.name || t("work.photo");
  return (
    <a href={url} target="_blank" rel="noreferrer" download={attachment.media === "application/pdf" ? attachment.name : undefined}>
      {attachment.media.startsWith("image/") ? <img src={url} alt={name} /> : name}
    </a>
  );
}

/** An address for bytes, for as long as they are shown. */
export function useObjectUrl(blob: Blob | undefined): string {
  const [url, setUrl] = useState("");
  useEffect(() => {
    if (!blob) return;
    const made = URL.createObjectURL(blob);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [blob]);
  return url;
}
