// What an asset is connected to, and the systems that it is part of.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { networksQuery, tracedQuery } from "../../api/networks.ts";
import { useText } from "../../i18n/use-text.ts";
import type { TwinScene } from "../../scene/scene.ts";
import { goAssets } from "./going.ts";
import { goToElement } from "./reaching.ts";

export function Neighbours({ element, scene }: { element: string; scene: TwinScene | null }) {
  const { t } = useText();
  const queries = useQueryClient();
  const { data } = useQuery({ ...tracedQuery([element], "both", false), retry: false });
  const { data: networks } = useQuery({ ...networksQuery, retry: false });
  if (!data || data.elements.length === 0) return null;
  const known = new Map(data.elements.map((one) => [one.id, one]));
  const next = new Map<string, string>();
  for (const { ends } of data.connections) {
    const at = ends.findIndex((end) => end.element === element);
    const other = at < 0 ? undefined : ends[1 - at];
    if (other && known.has(other.element)) next.set(other.element, other.medium ?? "");
  }
  const systems = data.start[0]?.systems.map((id) => networks?.systems.find((one) => one.id === id)).filter((one) => one !== undefined) ?? [];
  return (
    <section>
      <h2>{t("assets.section.system")}</h2>
      <ul className="link-list">
        {systems.map((one) => (
          <li key={one.id}>
            <small>{t("assets.system")}</small>{" "}
            <button type="button" className="link" onClick={() => goAssets({ tab: "trace", network: one.id, of: [element], asset: "" })}>
              {one.name || one.id}
            </button>
          </li>
        ))}
        {[...next].map(([id, medium]) => {
          const one = known.get(id)!;
          return (
            <li key={id}>
              <small>{t("assets.neighbour")}</small>{" "}
              <button type="button" className="link" onClick={() => (one.asset ? goAssets({ asset: one.asset.id }) : void goToElement(scene, queries, id))}>
                {one.asset?.tag || one.name || one.tag || id}
              </button>{" "}
              {one.asset ? one.name : ""} <small>{medium}</small>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
