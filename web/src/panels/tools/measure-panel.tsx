// Measuring: what, the result, and every point in the grid of Hong Kong and in longitude and latitude, ready to be copied.
import { formatFixed } from "../../i18n/translate.ts";
import { useText } from "../../i18n/use-text.ts";
import { measureKinds, pointsOf } from "../../scene/tools/measures.ts";
import type { Probe } from "../../scene/tools/probe.ts";
import type { GridPosition } from "../../scene/tools/readings.ts";
import { Button } from "../../ui/button.tsx";
import { Copy } from "../../ui/copy.tsx";
import { resultsOf } from "./notes.ts";
import { addPoint, measureAs, takeBack, useTools } from "./state.ts";
import type { PanelProps } from "./tools.tsx";

export function MeasurePanel({ scene }: PanelProps) {
  const { t } = useText();
  const { kind, points, grid } = useTools();
  const middle = (): void => {
    const probe = scene.tools.probeMiddle();
    if (probe) addPoint(probe);
  };
  return (
    <div className="tool-body">
      <div className="kinds" role="radiogroup" aria-label={t("measure.kind")}>
        {measureKinds.map((one) => (
          <label key={one} className={one === kind ? "chosen" : ""}>
            <input type="radio" name="measure" checked={one === kind} onChange={() => measureAs(one)} />
            {t(`measure.${one}`)}
          </label>
        ))}
      </div>
      <p className="tool-hint">{t("measure.hint")}</p>
      <Results points={points} kind={kind} />
      <ol className="points">
        {points.map((point, at) => (
          <PointRow key={at} number={at + 1} point={point} grid={grid[at]} single={pointsOf[kind].most === 1} />
        ))}
      </ol>
      <div className="tool-foot">
        <Button onClick={middle}>{t("measure.middle")}</Button>
        <Button disabled={points.length === 0} onClick={takeBack}>{t("measure.undo")}</Button>
        <Button disabled={points.length === 0} onClick={() => measureAs(kind)}>{t("measure.clear")}</Button>
      </div>
    </div>
  );
}

function Results({ points, kind }: { points: readonly Probe[]; kind: Parameters<typeof resultsOf>[0] }) {
  const { t } = useText();
  const rows = resultsOf(kind, points);
  return (
    <dl className="results-table" role="status">
      {rows.map(({ name, value }) => (
        <div key={name}>
          <dt>{t(name)}</dt>
          <dd className="exact">{value}</dd>
          <Copy text={value.replace(/[^\d.\-].*$/, "")} label={t("action.copy")} done={t("action.copied")} />
        </div>
      ))}
    </dl>
  );
}

function PointRow({ number, point, grid, single }: { number: number; point: Probe; grid: GridPosition | undefined; single: boolean }) {
  const { t } = useText();
  const wgs = `${formatFixed(point.lat, 8)}, ${formatFixed(point.lon, 8)}`;
  const values = grid
    ? [
        [t("measure.grid"), `${formatFixed(grid.easting, 3)} E ${formatFixed(grid.northing, 3)} N`, `${formatFixed(grid.easting, 3)}, ${formatFixed(grid.northing, 3)}`],
        [t("measure.mpd"), `${formatFixed(grid.level, 3)} mPD`, formatFixed(grid.level, 3)],
      ]
    : [];
  return (
    <li>
      {!single && <h3>{t("measure.pointNumber", { n: number })}</h3>}
      <small>{t(`measure.grip.${point.grip}`)}</small>
      <dl>
        {[...values, [t("measure.wgs"), wgs, wgs]].map(([name, value, copied]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd className="exact">{value}</dd>
            <Copy text={copied!} label={t("action.copy")} done={t("action.copied")} />
          </div>
        ))}
      </dl>
      {!grid && <p className="tool-hint">{t("measure.reading")}</p>}
    </li>
  );
}
