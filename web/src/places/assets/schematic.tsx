// The schematic of a system: moved, enlarged, and selected in together with the scene.
import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useRef, useState, type KeyboardEvent, type PointerEvent } from "react";
import { schematicQuery } from "../../api/networks.ts";
import { useText } from "../../i18n/use-text.ts";
import type { Rgb } from "../../scene/appearance.ts";
import { css } from "../../scene/appearance.ts";
import { IconButton } from "../../ui/button.tsx";
import { Failure } from "../failure.tsx";

const zoomStep = 1.3;
const [leastZoom, mostZoom] = [0.15, 6];
const panPx = 60;

interface Props {
  readonly network: string;
  readonly name: string;
  /** Colours by element. */
  readonly colours: ReadonlyMap<string, Rgb>;
  readonly selected: string;
  readonly onSelect: (elements: readonly string[]) => void;
}

interface Pose {
  readonly x: number;
  readonly y: number;
  readonly zoom: number;
}

export function Schematic({ network, name, colours, selected, onSelect }: Props) {
  const { t, language } = useText();
  const { data, error, refetch } = useQuery(schematicQuery(network, language));
  const box = useRef<HTMLDivElement>(null);
  const drawing = useRef<HTMLDivElement>(null);
  const [pose, setPose] = useState<Pose>({ x: 0, y: 0, zoom: 1 });
  const drag = useRef<{ x: number; y: number; moved: boolean } | null>(null);
  const parsed = useMemo(() => (data ? read(data) : null), [data]);

  useEffect(() => {
    if (!parsed || !drawing.current || !box.current) return;
    drawing.current.replaceChildren(parsed.svg);
    setPose(fitted(parsed.wide, parsed.high, box.current));
  }, [parsed]);
  useEffect(() => {
    if (parsed) paint(parsed.svg, colours, selected);
  }, [parsed, colours, selected]);

  const zoom = (factor: number, at?: readonly [number, number]): void => {
    const [cx, cy] = at ?? [(box.current?.clientWidth ?? 0) / 2, (box.current?.clientHeight ?? 0) / 2];
    setPose(({ x, y, zoom: now }) => {
      const next = Math.min(mostZoom, Math.max(leastZoom, now * factor));
      return { zoom: next, x: cx - ((cx - x) * next) / now, y: cy - ((cy - y) * next) / now };
    });
  };
  useWheel(box, (event) => {
    event.preventDefault();
    const place = box.current!.getBoundingClientRect();
    zoom(event.deltaY < 0 ? 1.15 : 1 / 1.15, [event.clientX - place.left, event.clientY - place.top]);
  });
  const onKeyDown = (event: KeyboardEvent): void => {
    const thing = (event.target as Element).closest<SVGGElement>("g[data-elements]");
    const acts: Record<string, () => void> = {
      "+": () => zoom(zoomStep),
      "=": () => zoom(zoomStep),
      "-": () => zoom(1 / zoomStep),
      ArrowLeft: () => (thing ? step(thing, -1) : setPose({ ...pose, x: pose.x + panPx })),
      ArrowRight: () => (thing ? step(thing, 1) : setPose({ ...pose, x: pose.x - panPx })),
      ArrowUp: () => (thing ? step(thing, -1) : setPose({ ...pose, y: pose.y + panPx })),
      ArrowDown: () => (thing ? step(thing, 1) : setPose({ ...pose, y: pose.y - panPx })),
      Enter: () => thing && onSelect(elementsOf(thing)),
      " ": () => thing && onSelect(elementsOf(thing)),
    };
    if (!acts[event.key]) return;
    event.preventDefault();
    acts[event.key]!();
  };
  const onPointerMove = (event: PointerEvent): void => {
    const from = drag.current;
    if (!from) return;
    const [dx, dy] = [event.clientX - from.x, event.clientY - from.y];
    if (!from.moved && Math.hypot(dx, dy) < 4) return;
    drag.current = { x: event.clientX, y: event.clientY, moved: true };
    setPose((now) => ({ ...now, x: now.x + dx, y: now.y + dy }));
  };
  if (error) return <Failure error={error} onRetry={() => void refetch()} />;
  return (
    <div className="schematic">
      <div
        ref={box}
        className="schematic-view"
        role="group"
        aria-label={t("assets.schematic.of", { name })}
        tabIndex={0}
        onKeyDown={onKeyDown}
        onPointerDown={(event) => (drag.current = { x: event.clientX, y: event.clientY, moved: false })}
        onPointerMove={onPointerMove}
        onPointerUp={(event) => {
          const thing = (event.target as Element).closest<SVGGElement>("g[data-elements]");
          if (drag.current && !drag.current.moved && thing) onSelect(elementsOf(thing));
          drag.current = null;
        }}
        onPointerLeave={() => (drag.current = null)}
      >
        <div ref={drawing} style={{ transform: `translate(${pose.x}px, ${pose.y}px) scale(${pose.zoom})` }} />
        {!data && <p className="hint">…</p>}
      </div>
      <div className="schematic-tools">
        <IconButton icon="plus" label={t("scene.zoomIn")} onClick={() => zoom(zoomStep)} />
        <IconButton icon="minus" label={t("scene.zoomOut")} onClick={() => zoom(1 / zoomStep)} />
        <IconButton icon="home" label={t("assets.schematic.whole")} onClick={() => parsed && box.current && setPose(fitted(parsed.wide, parsed.high, box.current))} />
      </div>
    </div>
  );
}

/** A wheel listener that may keep the page from scrolling. */
function useWheel(box: { readonly current: HTMLElement | null }, onWheel: (event: WheelEvent) => void): void {
  const heard = useRef(onWheel);
  heard.current = onWheel;
  useEffect(() => {
    const element = box.current;
    const hear = (event: WheelEvent): void => heard.current(event);
    element?.addEventListener("wheel", hear, { passive: false });
    return () => element?.removeEventListener("wheel", hear);
  }, [box]);
}

function fitted(wide: number, high: number, { clientWidth, clientHeight }: HTMLElement): Pose {
  const zoom = Math.min(clientWidth / wide, clientHeight / high, 1.2);
  return { zoom, x: (clientWidth - wide * zoom) / 2, y: (clientHeight - high * zoom) / 2 };
}

/** The picture as part of this page: without programs, and with one stop of the tab key among its symbols. */
function read(text: string): { svg: SVGSVGElement; wide: number; high: number } | null {
  const found = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
  if (found.nodeName !== "svg") return null;
  const svg = document.importNode(found, true) as unknown as SVGSVGElement;
  for (const one of svg.querySelectorAll("script, foreignObject")) one.remove();
  for (const one of svg.querySelectorAll("[id]")) one.removeAttribute("id");
  svg.removeAttribute("aria-labelledby");
  svg.setAttribute("role", "presentation");
  svg.querySelector("title")?.remove();
  things(svg).forEach((thing, at) => {
    thing.setAttribute("role", "button");
    thing.setAttribute("tabindex", at === 0 ? "0" : "-1");
    thing.setAttribute("aria-label", thing.querySelector("title")?.textContent || (thing.textContent ?? "").trim());
  });
  const [, , wide = 640, high = 320] = (svg.getAttribute("viewBox") ?? "").split(/[\s,]+/).map(Number);
  return { svg, wide, high };
}

function things(svg: Element): SVGGElement[] {
  return [...svg.querySelectorAll<SVGGElement>("g.thing[data-elements]")];
}

function elementsOf(thing: Element): string[] {
  return (thing.getAttribute("data-elements") ?? "").split(" ").filter(Boolean);
}

/** Goes to the next symbol in the order of the drawing. */
function step(from: SVGGElement, by: number): void {
  const all = things(from.ownerSVGElement!);
  const next = all[(all.indexOf(from) + by + all.length) % all.length];
  for (const one of all) one.setAttribute("tabindex", one === next ? "0" : "-1");
  next?.focus();
}

function paint(svg: Element, colours: ReadonlyMap<string, Rgb>, selected: string): void {
  for (const group of svg.querySelectorAll<SVGGElement>("g[data-elements]")) {
    const elements = elementsOf(group);
    const colour = elements.map((id) => colours.get(id)).find((one) => one !== undefined);
    group.classList.toggle("told", colour !== undefined);
    group.classList.toggle("selected", selected !== "" && elements.includes(selected));
    if (group.classList.contains("thing")) group.setAttribute("aria-pressed", String(group.classList.contains("selected")));
    if (colour) group.style.setProperty("--told", css(colour));
    else group.style.removeProperty("--told");
  }
}
