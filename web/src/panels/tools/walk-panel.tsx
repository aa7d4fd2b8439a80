// Walking: where to stand, the keys, and a pad for fingers.
import { useEffect, useState, type PointerEvent } from "react";
import type { Key } from "../../i18n/translate.ts";
import { useText } from "../../i18n/use-text.ts";
import type { Intent } from "../../scene/tools/walk.ts";
import { Button } from "../../ui/button.tsx";
import { useTools } from "./state.ts";
import type { PanelProps } from "./tools.tsx";

type Way = Partial<Pick<Intent, "ahead" | "right" | "turn">>;

const keys: Readonly<Record<string, Way>> = {
  KeyW: { ahead: 1 },
  ArrowUp: { ahead: 1 },
  KeyS: { ahead: -1 },
  ArrowDown: { ahead: -1 },
  KeyA: { right: -1 },
  KeyD: { right: 1 },
  ArrowLeft: { turn: -1 },
  ArrowRight: { turn: 1 },
  KeyQ: { turn: -1 },
  KeyE: { turn: 1 },
};

const pad: readonly { label: Key; way: Way; sign: string }[] = [
  { label: "walk.left", way: { turn: -1 }, sign: "↺" },
  { label: "walk.ahead", way: { ahead: 1 }, sign: "↑" },
  { label: "walk.right", way: { turn: 1 }, sign: "↻" },
  { label: "walk.back", way: { ahead: -1 }, sign: "↓" },
];

export function WalkPanel({ scene }: PanelProps) {
  const { t } = useText();
  const walking = useTools((state) => state.walking);
  const [through, setThrough] = useState(scene.tools.walk.throughWalls);
  const { intent } = scene.tools.walk;
  useKeys(walking, intent);
  const begin = (): void => {
    const probe = scene.tools.probeMiddle();
    if (!probe) return;
    scene.tools.walk.enter(probe.at);
    useTools.setState({ walking: true });
  };
  return (
    <div className="tool-body">
      <p className="tool-hint" role="status">{t(walking ? "walk.keys" : "walk.hint")}</p>
      {walking && <Pad intent={intent} />}
      <div className="tool-foot">
        <label className="check">
          <input
            type="checkbox"
            checked={through}
            onChange={(event) => {
              scene.tools.walk.throughWalls = event.target.checked;
              setThrough(event.target.checked);
            }}
          />
          {t("walk.through")}
        </label>
        {walking ? (
          <Button icon="close" onClick={() => useTools.setState({ walking: false })}>{t("walk.leave")}</Button>
        ) : (
          <Button icon="walk" onClick={begin}>{t("walk.middle")}</Button>
        )}
      </div>
    </div>
  );
}

function Pad({ intent }: { intent: Intent }) {
  const { t } = useText();
  const stop = (way: Way) => (): void => void Object.assign(intent, Object.fromEntries(Object.keys(way).map((key) => [key, 0])));
  const start = (way: Way) => (event: PointerEvent): void => {
    event.currentTarget.setPointerCapture(event.pointerId);
    Object.assign(intent, way);
  };
  return (
    <div className="walk-pad" role="group" aria-label={t("walk.pad")}>
      {pad.map(({ label, way, sign }) => (
        <button
          key={label}
          type="button"
          aria-label={t(label)}
          title={t(label)}
          onPointerDown={start(way)}
          onPointerUp={stop(way)}
          onPointerCancel={stop(way)}
          onKeyDown={(event) => (event.key === " " || event.key === "Enter") && Object.assign(intent, way)}
          onKeyUp={stop(way)}
          onBlur={stop(way)}
        >
          <span aria-hidden="true">{sign}</span>
        </button>
      ))}
    </div>
  );
}

/** Keys that are held down; letters by their place on the keyboard. Typing in a field is no walking. */
function useKeys(walking: boolean, intent: Intent): void {
  useEffect(() => {
    if (!walking) return;
    const held = new Set<string>();
    const apply = (): void => {
      const ways = [...held].map((code) => keys[code]!);
      const sum = (name: "ahead" | "right" | "turn"): number => Math.sign(ways.reduce((total, way) => total + (way[name] ?? 0), 0));
      Object.assign(intent, { ahead: sum("ahead"), right: sum("right"), turn: sum("turn") });
    };
    const hear = (event: KeyboardEvent): void => {
      const typing = event.target instanceof HTMLElement && event.target.closest("input, select, textarea") !== null;
      intent.run = event.shiftKey;
      if (!(event.code in keys) || typing || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      if (event.type === "keydown") held.add(event.code);
      else held.delete(event.code);
      apply();
    };
    const drop = (): void => {
      held.clear();
      apply();
    };
    addEventListener("keydown", hear);
    addEventListener("keyup", hear);
    addEventListener("blur", drop);
    return () => {
      removeEventListener("keydown", hear);
      removeEventListener("keyup", hear);
      removeEventListener("blur", drop);
    };
  }, [walking, intent]);
}
