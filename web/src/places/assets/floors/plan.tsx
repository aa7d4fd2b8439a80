// A storey as a drawing: rooms in colours, assets as marks; dragged, zoomed, and moved with the keys.
import { useEffect, useLayoutEffect, useRef, useState, type KeyboardEvent, type PointerEvent } from "react";
import type { Feature } from "../../../api/types.ts";
import { useText } from "../../../i18n/use-text.ts";
import { IconButton } from "../../../ui/button.tsx";
import { around, type Frame, type Paper } from "./shape.ts";

export interface RoomShape {
  readonly id: string;
  readonly feature: Feature;
  readonly d: string;
  readonly frame: Frame;
  readonly name: string;
  readonly value: string;
  /** The value itself, by which rooms are sorted. */
  readonly raw: number | string | null;
  readonly fill: string;
  readonly faded: boolean;
}

export interface Mark {
  readonly id: string;
  readonly x: number;
  readonly y: number;
  readonly title: string;
  /** How it stands: class of its look. */
  readonly look: "fine" | "worn" | "failed" | "work";
}

interface Props {
  readonly label: string;
  readonly rooms: readonly RoomShape[];
  readonly marks: readonly Mark[];
  readonly paper: Paper;
  readonly chosen: string;
  readonly onRoom: (id: string) => void;
  readonly onMark: (id: string) => void;
}

const step = 1.35;
const lettersPx = 11;
const letterWidth = 0.62;

export function PlanDrawing({ label, rooms, marks, paper, chosen, onRoom, onMark }: Props) {
  const { t } = useText();
  const svg = useRef<SVGSVGElement>(null);
  const whole = around(rooms.map(({ frame }) => frame));
  const said = JSON.stringify(whole);
  const [view, setView] = useState(whole);
  const scale = useScale(svg, view);
  useEffect(() => setView(JSON.parse(said) as Frame), [said]);
  const zoom = (by: number): void => setView((now) => zoomed(now, by, 0.5, 0.5));
  useWheel(svg, setView);
  const drag = useDrag(scale, setView);
  return (
    <div className="plan-drawing">
      <svg
        ref={svg}
        viewBox={`${view.x} ${view.y} ${view.width} ${view.height}`}
        role="application"
        aria-label={label}
        tabIndex={0}
        onKeyDown={(event) => setView((now) => keyed(event, now, whole))}
        {...drag}
      >
        <g className="rooms">
          {rooms.map(({ id, d, name, value, fill, faded }) => (
            <path key={id} d={d} fill={fill} fillRule="evenodd" className={`room${id === chosen ? " chosen" : ""}${faded ? " faded" : ""}`} data-room={id} onClick={() => onRoom(id)}>
              <title>{value ? `${name}: ${value}` : name}</title>
            </path>
          ))}
        </g>
        <g className="marks">
          {marks.map(({ id, x, y, title, look }) => (
            <circle key={id} cx={x} cy={y} r={3.2 * scale} strokeWidth={1.2 * scale} className={look} data-asset={id} onClick={() => onMark(id)}>
              <title>{title}</title>
            </circle>
          ))}
        </g>
        <g className="room-names" fontSize={lettersPx * scale} strokeWidth={3 * scale} aria-hidden="true">
          {rooms.map(({ id, name, value, frame }) => (
            <Name key={id} lines={[name, value]} frame={frame} size={lettersPx * scale} />
          ))}
        </g>
      </svg>
      <div className="plan-buttons">
        <IconButton icon="plus" label={t("floors.closer")} onClick={() => zoom(1 / step)} />
        <IconButton icon="minus" label={t("floors.further")} onClick={() => zoom(step)} />
        <IconButton icon="home" label={t("floors.whole")} onClick={() => setView(whole)} />
        <span className="plan-north" role="img" aria-label={t("floors.north")} style={{ transform: `rotate(${paper.north}deg)` }}>
          ↑N
        </span>
      </div>
      <ScaleBar scale={scale} />
    </div>
  );
}

/** What is said in a room, where there is space for it. */
function Name({ lines, frame, size }: { lines: readonly string[]; frame: Frame; size: number }) {
  const fitting = lines.filter((line) => line && line.length * size * letterWidth < frame.width * 0.96);
  if (fitting.length === 0 || fitting.length * size * 1.2 > frame.height) return null;
  const top = frame.y + frame.height / 2 - ((fitting.length - 1) * size * 1.2) / 2;
  return fitting.map((line, at) => (
    <text key={line} x={frame.x + frame.width / 2} y={top + at * size * 1.2} textAnchor="middle" dominantBaseline="central">
      {line}
    </text>
  ));
}

function ScaleBar({ scale }: { scale: number }) {
  const { number } = useText();
  const wanted = 110 * scale;
  const power = 10 ** Math.floor(Math.log10(wanted));
  const length = [5, 2, 1].map((one) => one * power).find((one) => one <= wanted) ?? power;
  return (
    <span className="plan-scale" style={{ width: length / scale }}>
      {number(length)} m
    </span>
  );
}

/** Metres in a pixel. */
function useScale(svg: React.RefObject<SVGSVGElement | null>, view: Frame): number {
  const [size, setSize] = useState<readonly [number, number]>([800, 600]);
  useLayoutEffect(() => {
    const element = svg.current;
    if (!element) return;
    const watch = new ResizeObserver(([entry]) => entry && setSize([entry.contentRect.width || 1, entry.contentRect.height || 1]));
    watch.observe(element);
    return () => watch.disconnect();
  }, [svg]);
  return Math.max(view.width / size[0], view.height / size[1]);
}

function zoomed(view: Frame, by: number, x: number, y: number): Frame {
  const [width, height] = [view.width * by, view.height * by];
  return width < 2 || width > 20_000 ? view : { x: view.x + (view.width - width) * x, y: view.y + (view.height - height) * y, width, height };
}

function keyed(event: KeyboardEvent, view: Frame, whole: Frame): Frame {
  const [across, down] = [view.width / 8, view.height / 8];
  const moves: Readonly<Record<string, Frame>> = {
    ArrowLeft: { ...view, x: view.x - across },
    ArrowRight: { ...view, x: view.x + across },
    ArrowUp: { ...view, y: view.y - down },
    ArrowDown: { ...view, y: view.y + down },
    "+": zoomed(view, 1 / step, 0.5, 0.5),
    "-": zoomed(view, step, 0.5, 0.5),
    Home: whole,
  };
  const next = moves[event.key];
  if (!next) return view;
  event.preventDefault();
  return next;
}

type Set = (change: (view: Frame) => Frame) => void;

/** The wheel zooms about the pointer; it is no passive listener, so that the page stays. */
function useWheel(svg: React.RefObject<SVGSVGElement | null>, set: Set): void {
  useEffect(() => {
    const element = svg.current;
    if (!element) return;
    const turn = (event: WheelEvent): void => {
      event.preventDefault();
      const box = element.getBoundingClientRect();
      const by = event.deltaY < 0 ? 1 / 1.2 : 1.2;
      set((view) => zoomed(view, by, (event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height));
    };
    element.addEventListener("wheel", turn, { passive: false });
    return () => element.removeEventListener("wheel", turn);
  }, [svg, set]);
}

/** Pointers drag; two of them pinch. */
function useDrag(scale: number, set: Set) {
  const held = useRef(new Map<number, readonly [number, number]>());
  const gap = (): number => {
    const [one, other] = [...held.current.values()];
    return one && other ? Math.hypot(one[0] - other[0], one[1] - other[1]) : 0;
  };
  const end = (event: PointerEvent): void => void held.current.delete(event.pointerId);
  return {
    onPointerDown: (event: PointerEvent) => void held.current.set(event.pointerId, [event.clientX, event.clientY]),
    onPointerMove: (event: PointerEvent) => {
      const before = held.current.get(event.pointerId);
      if (!before) return;
      const wide = gap();
      held.current.set(event.pointerId, [event.clientX, event.clientY]);
      if (held.current.size > 1) {
        const now = gap();
        if (wide && now) set((view) => zoomed(view, wide / now, 0.5, 0.5));
        return;
      }
      const [x, y] = [(before[0] - event.clientX) * scale, (before[1] - event.clientY) * scale];
      set((view) => ({ ...view, x: view.x + x, y: view.y + y }));
    },
    onPointerUp: end,
    onPointerCancel: end,
    onPointerLeave: end,
  };
}
