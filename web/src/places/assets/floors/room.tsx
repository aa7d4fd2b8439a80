// The room that was chosen: what it is, what stands in it, and where one goes from there.
import { nameOf } from "../../../api/text.ts";
import type { Feature } from "../../../api/types.ts";
import { useText } from "../../../i18n/use-text.ts";
import { go } from "../../../state.ts";
import { Button } from "../../../ui/button.tsx";
import { openAssets } from "../work/address.ts";
import type { RoomShape } from "./plan.tsx";

const shown = 60;

export function RoomDetail({ room, assets, marked }: { room: RoomShape; assets: readonly Feature[]; marked: string }) {
  const { t, language, number } = useText();
  const { properties } = room.feature;
  const long = String(properties["long_name"] ?? "");
  const area = typeof properties["area"] === "number" ? `${number(properties["area"], 1)} m²` : "";
  return (
    <section className="room-detail" aria-live="polite">
      <h2>{room.name}</h2>
      {long && long !== room.name && <p>{long}</p>}
      <p>
        {[...new Set([area, room.value])].filter(Boolean).join(" · ")}
      </p>
      <div className="record-actions">
        <Button icon="walk" onClick={() => openAssets({ tab: "routes", from: room.id, to: "exit", profile: "emergency" })}>
          {t("floors.out")}
        </Button>
        <Button icon="spaces" onClick={() => go({ place: "twin", selection: { collection: "spaces", id: room.id } })}>
          {t("floors.twin")}
        </Button>
      </div>
      <h3>
        {t("floors.inside")} <small>{number(assets.length)}</small>
      </h3>
      <ul className="lines">
        {assets.slice(0, shown).map(({ id, properties: own }) => (
          <li key={String(id)} className={id === marked ? "marked" : undefined}>
            <button type="button" className="link" onClick={() => openAssets({ tab: "register", asset: String(id) })}>
              {String(own["tag"])}
            </button>
            <small>{nameOf(own, language)}</small>
          </li>
        ))}
      </ul>
    </section>
  );
}
