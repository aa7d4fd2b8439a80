// A map in the portal.
import { useEffect, useRef } from "react";
import type { Figure } from "../../map/figure.ts";
import { preview } from "../../map/preview.ts";

export function MapView({ figure, label, dark, marked }: { figure: Figure; label: string; dark: boolean; marked?: GeoJSON.GeoJSON }) {
  const place = useRef<HTMLDivElement>(null);
  const words = useRef(label);
  words.current = label;
  const shown = JSON.stringify([figure, marked]);
  useEffect(() => {
    const element = place.current;
    if (!element) return;
    let gone = false;
    delete element.dataset["state"];
    const drawn = preview(element, figure, { dark, label: words.current, marked });
    void drawn.then((made) => {
      if (gone) made?.close();
      else window.__maps = Promise.resolve([made]);
    });
    return () => {
      gone = true;
      void drawn.then((made) => made?.close());
    };
    // The figure is compared by what it says: an answer that is the same again draws nothing anew.
  }, [shown, dark]);
  useEffect(() => place.current?.querySelector("canvas")?.setAttribute("aria-label", label), [label]);
  return <div className="map" ref={place} role="group" aria-label={label} />;
}
