// Rows of the asset register that stand for the selected element.
import { assetPath } from "../../api/register.ts";
import type { Feature } from "../../api/types.ts";
import { nameOf } from "../../api/text.ts";
import { useText } from "../../i18n/use-text.ts";
import { Facts } from "../../ui/facts.tsx";
import { Group } from "../../ui/group.tsx";
import { show } from "../element.ts";
import { Nothing } from "./parts.tsx";

export function Assets({ assets }: { assets: readonly Feature[] | undefined }) {
  const { t, language } = useText();
  if (!assets) return <p className="hint">…</p>;
  if (assets.length === 0) return <Nothing text={t("inspector.none.asset")} />;
  return assets.map(({ id, properties }) => (
    <Group key={String(id)} title={nameOf(properties, language) || String(id)}>
      <Facts
        facts={Object.entries(properties)
          .filter(([name, value]) => name !== "element" && value !== null && value !== "" && typeof value !== "object")
          .map(([name, value]) => ({ name, value: show(value) }))}
      />
      <p className="change">
        <a href={assetPath(String(id))}>{t("asset.open")}</a>
      </p>
    </Group>
  ));
}
