// The line that parts the picture between two versions: dragged, or moved with the arrows.
import { useRef, type KeyboardEvent, type PointerEvent } from "react";
import { useText } from "../../i18n/use-text.ts";
import { useStore } from "../../state.ts";
import { useComparing } from "./state.ts";

const step = 0.02;

export function Swipe() {
  const { t, number } = useText();
  const compare = useStore((state) => state.view.compare);
  const split = useComparing((state) => state.split);
  const bar = useRef<HTMLDivElement>(null);
  if (compare?.side !== "swipe") return null;
  const set = (share: number): void => useComparing.setState({ split: Math.min(0.98, Math.max(0.02, share)) });
  const follow = (event: PointerEvent): void => {
    const box = bar.current?.parentElement?.getBoundingClientRect();
    if (box && event.currentTarget.hasPointerCapture(event.pointerId)) set((event.clientX - box.left) / box.width);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const by = { ArrowLeft: -step, ArrowRight: step, Home: -1, End: 1 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    set(split + by);
  };
  return (
    <div
      ref={bar}
      className="swipe"
      style={{ left: `${split * 100}%` }}
      role="slider"
      tabIndex={0}
      aria-orientation="horizontal"
      aria-label={t("compare.swipe")}
      aria-valuemin={2}
      aria-valuemax={98}
      aria-valuenow={Math.round(split * 100)}
      aria-valuetext={t("compare.swipe.value", { share: number(Math.round(split * 100)) })}
      onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
      onPointerMove={follow}
      onKeyDown={onKeyDown}
    >
      <span>{t("compare.old", { n: compare.since })}</span>
      <span>{t("compare.new", { n: compare.version })}</span>
    </div>
  );
}
