// What browser tests may hold on to: `window.__csdi`.
import type { QueryClient } from "@tanstack/react-query";
import { itemQuery } from "./api/queries.ts";
import { flyToFeature } from "./places/fly.ts";
import type { TwinScene } from "./scene/scene.ts";
import { select, selectAlso } from "./state.ts";

export interface TestHandle {
  /** Resolves when the first view is drawn whole. */
  readonly ready: Promise<void>;
  /** Resolves when the present view is drawn whole. */
  settled(): Promise<void>;
  /** What is at a pixel of the page's canvas; degrees and metres above the ellipsoid. */
  pick(x: number, y: number): { id: string | null; collection: string | null; lon: number | null; lat: number | null; height: number | null };
  /** Flies to a Feature of `collection`, "elements" unless told, selects it, and resolves when its view is drawn. */
  flyTo(id: string, collection?: string): Promise<void>;
  /** Selects an element beside those that are selected, as a click with Shift does. */
  selectAlso(id: string): void;
  /** Puts the eye at one place, looking at another: longitude, latitude, metres above the ellipsoid. */
  look(from: [number, number, number], at: [number, number, number]): void;
  /** The eye and planes as other programs have them. */
  readonly viewpoints: TwinScene["viewpoints"];
  readonly viewer: TwinScene["widget"];
  readonly tools: TwinScene["tools"];
}

declare global {
  interface Window {
    __csdi?: TestHandle;
  }
}

export function exposeForTests(scene: TwinScene, queries: QueryClient): void {
  window.__csdi = {
    ready: scene.settled(),
    settled: () => scene.settled(),
    pick: (x, y) => {
      const { selection, point } = scene.pick(x, y);
      return {
        id: selection?.id ?? null,
        collection: selection?.collection ?? null,
        lon: point?.lon ?? null,
        lat: point?.lat ?? null,
        height: point?.height ?? null,
      };
    },
    flyTo: async (id, collection = "elements") => {
      const feature = await queries.fetchQuery(itemQuery(collection, id));
      select({ collection, id });
      await flyToFeature(scene, feature);
      await scene.settled();
    },
    selectAlso: (id) => selectAlso({ collection: "elements", id }, null),
    look: (from, at) => scene.look(from, at),
    viewpoints: scene.viewpoints,
    viewer: scene.widget,
    tools: scene.tools,
  };
}
