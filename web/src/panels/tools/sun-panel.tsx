// The sun by date and time in Hong Kong.
import { useEffect, useState } from "react";
import { formatFixed } from "../../i18n/translate.ts";
import { useText } from "../../i18n/use-text.ts";
import type { Sun } from "../../scene/tools/daylight.ts";
import type { TwinScene } from "../../scene/scene.ts";
import { amend, go, useStore } from "../../state.ts";
import { Button } from "../../ui/button.tsx";
import { useTools } from "./state.ts";
import type { PanelProps } from "./tools.tsx";

const stepMin = 10;
const noonMin = 12 * 60;

/** Lights the scene by the view; says where the sun stands. */
export function useSun(scene: TwinScene): Sun | null {
  const moment = useStore((state) => state.view.sun);
  const shadows = useTools((state) => state.shadows);
  const [sun, setSun] = useState<Sun | null>(null);
  useEffect(() => setSun(scene.tools.daylight.set(moment, shadows ?? !scene.tools.software)), [scene, moment, shadows]);
  return sun;
}

export function SunPanel({ scene }: PanelProps) {
  const { t } = useText();
  const moment = useStore((state) => state.view.sun);
  const shadows = useTools((state) => state.shadows);
  const software = scene.tools.software;
  const sun = useSun(scene);
  const [date, minutes] = partsOf(moment);
  const set = (day: string, minute: number): void => amend({ sun: `${day}T${clock(minute)}` });
  return (
    <div className="tool-body">
      <label className="field-row">
        <span>{t("sun.date")}</span>
        <input type="date" value={date} onChange={(event) => event.target.value && set(event.target.value, minutes)} />
      </label>
      <label className="field-row">
        <span>{t("sun.time")}</span>
        <output className="exact">{clock(minutes)}</output>
      </label>
      <input
        type="range"
        min={0}
        max={24 * 60 - stepMin}
        step={stepMin}
        value={minutes}
        aria-label={t("sun.time")}
        aria-valuetext={clock(minutes)}
        onChange={(event) => set(date, Number(event.target.value))}
      />
      <p className="tool-hint" role="status">{sun && t(sun.altitude > 0 ? "sun.where" : "sun.set", { azimuth: formatFixed(sun.azimuth, 0), altitude: formatFixed(sun.altitude, 0) })}</p>
      <div className="tool-foot">
        <label className="check">
          <input type="checkbox" checked={shadows ?? !software} onChange={(event) => useTools.setState({ shadows: event.target.checked })} />
          {t("sun.shadows")}
        </label>
        <Button disabled={moment === ""} onClick={() => go({ sun: "" })}>{t("sun.even")}</Button>
      </div>
      {software && <p className="tool-hint">{t("sun.software")}</p>}
    </div>
  );
}

/** Date and minute of the day; today's noon in Hong Kong where nothing is chosen. */
function partsOf(moment: string): [date: string, minutes: number] {
  if (moment === "") return [new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10), noonMin];
  const [hours, minutes] = moment.slice(11).split(":").map(Number) as [number, number];
  return [moment.slice(0, 10), 60 * hours + minutes];
}

function clock(minutes: number): string {
  return `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
}
