// The QR label of an asset: where it leads, to be printed and stuck on.
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { labelFile, labelQuery } from "../../api/work.ts";
import { askAsEditor } from "../../api/editor.ts";
import { Problem } from "../../api/problem.ts";
import { useText } from "../../i18n/use-text.ts";
import { tell } from "../../state.ts";
import { Button } from "../../ui/button.tsx";
import { save } from "./exporting.tsx";

const sizes = ["small", "medium", "large"] as const;

export function AssetLabel({ tag }: { tag: string }) {
  const { t } = useText();
  const { data: url } = useQuery({ ...labelQuery(tag), retry: false });
  const picture = usePicture(tag, url !== undefined);
  const print = async (size: string): Promise<void> => {
    try {
      save(await (await askAsEditor(`/api/asset-labels?f=pdf&size=${size}&tags=${encodeURIComponent(tag)}`)).blob(), `${tag}.pdf`);
    } catch (thrown) {
      tell(Problem.of(thrown));
    }
  };
  if (!url) return null;
  return (
    <figure className="asset-label">
      {picture && <img src={picture} width="132" height="132" alt={t("assets.label.alt", { tag })} />}
      <figcaption>
        <a href={new URL(url, location.href).pathname}>{t("assets.label.page")}</a>
        <span>{t("assets.label.print")}</span>
        <span className="record-actions">
          {sizes.map((size) => (
            <Button key={size} onClick={() => void print(size)}>
              {t(`assets.label.${size}`)}
            </Button>
          ))}
        </span>
      </figcaption>
    </figure>
  );
}

/** The picture as an address of this page, for it takes a token to read it. */
function usePicture(tag: string, wanted: boolean): string {
  const [picture, setPicture] = useState("");
  useEffect(() => {
    if (!wanted) return;
    let address = "";
    let gone = false;
    labelFile(tag, "svg").then(
      (file) => {
        if (gone) return;
        address = URL.createObjectURL(file);
        setPicture(address);
      },
      (error: unknown) => tell(Problem.of(error)),
    );
    return () => {
      gone = true;
      URL.revokeObjectURL(address);
    };
  }, [tag, wanted]);
  return picture;
}
