// Lying bars with their names and numbers: a table that is seen as a chart, each row leading to its list.
import { useText } from "../../../i18n/use-text.ts";
import { openAssets } from "../work/address.ts";

export interface Bar {
  readonly key: string;
  readonly name: string;
  readonly count: number;
  /** What the register is narrowed to for the list behind it, "" for none. */
  readonly narrow: string;
  /** Class of its look. */
  readonly look?: string;
}

export function Bars({ bars, label }: { bars: readonly Bar[]; label: string }) {
  const { number } = useText();
  const most = Math.max(1, ...bars.map(({ count }) => count));
  return (
    <ul className="bars" aria-label={label}>
      {bars.map(({ key, name, count, narrow, look = "" }) => (
        <li key={key}>
          <Name name={name} narrow={count > 0 ? narrow : ""} />
          <svg className={`bar ${look}`} viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
            <rect width={(100 * count) / most} height="10" />
          </svg>
          <b>{number(count)}</b>
        </li>
      ))}
    </ul>
  );
}

function Name({ name, narrow }: { name: string; narrow: string }) {
  if (!narrow) return <span>{name}</span>;
  return (
    <button type="button" className="link" onClick={() => openAssets({ tab: "register", narrow: [narrow] })}>
      {name}
    </button>
  );
}
