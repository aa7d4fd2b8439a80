// Pages of the place that take the whole width, by the tab that leads to them; a tab without a page is not offered.
import { lazy, Suspense, type ComponentType, type ReactNode } from "react";
import type { Site } from "../../api/types.ts";
import type { AssetTab } from "./address.ts";

export interface PageProps {
  readonly site: Site;
  readonly dark: boolean;
}

/** A page whose program is loaded when it is first opened. */
function later(load: () => Promise<ComponentType<PageProps>>): (props: PageProps) => ReactNode {
  const Page = lazy(async () => ({ default: await load() }));
  return (props) => (
    <Suspense fallback={<p className="hint">…</p>}>
      <Page {...props} />
    </Suspense>
  );
}

export const pages: Partial<Record<AssetTab, (props: PageProps) => ReactNode>> = {
  work: later(async () => (await import("./work/work.tsx")).Work),
  floors: later(async () => (await import("./floors/floors.tsx")).Floors),
  dashboard: later(async () => (await import("./dashboard/dashboard.tsx")).Dashboard),
};
