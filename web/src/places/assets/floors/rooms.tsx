// The rooms of a storey with the value that they are coloured by, the largest first: the plan in words.
import { useText } from "../../../i18n/use-text.ts";
import { isKey } from "../../../i18n/translate.ts";
import type { RoomShape } from "./plan.tsx";

interface Props {
  readonly rooms: readonly RoomShape[];
  readonly of: string;
  readonly onRoom: (id: string) => void;
}

export function RoomTable({ rooms, of, onRoom }: Props) {
  const { t } = useText();
  const key = `floors.value.${of}`;
  const order = [...rooms].sort((one, other) => compare(other.raw, one.raw));
  return (
    <details className="room-table">
      <summary>{t("floors.table", { n: rooms.length })}</summary>
      <div className="table-scroll" tabIndex={0} role="region" aria-label={t("floors.table", { n: rooms.length })}>
        <table>
          <thead>
            <tr>
              <th scope="col">{t("floors.room")}</th>
              <th scope="col">{isKey(key) ? t(key) : of}</th>
            </tr>
          </thead>
          <tbody>
            {order.map((room) => (
              <tr key={room.id}>
                <th scope="row">
                  <button type="button" className="link" onClick={() => onRoom(room.id)}>
                    {room.name}
                  </button>
                </th>
                <td>{room.value || "–"}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

function compare(one: number | string | null, other: number | string | null): number {
  if (typeof one === "number" && typeof other === "number") return one - other;
  return one === null ? (other === null ? 0 : -1) : other === null ? 1 : String(other).localeCompare(String(one));
}
