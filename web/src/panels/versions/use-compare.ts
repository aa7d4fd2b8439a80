// What the address says of comparing versions, carried into the scene.
import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import type { Site } from "../../api/types.ts";
import { modelChangesQuery } from "../../api/versions.ts";
import type { TwinScene } from "../../scene/scene.ts";
import { useStore } from "../../state.ts";
import { appearanceOf, beforeOf } from "./compare.ts";
import { useComparing } from "./state.ts";

export function useCompare(scene: TwinScene, site: Site): void {
  const compare = useStore((state) => state.view.compare);
  const { chosen, changedOnly, split } = useComparing();
  const { data } = useQuery(modelChangesQuery(compare, site.change));
  const side = compare?.side ?? "both";
  const found = compare && data?.model === compare.model && data.version === compare.version && data.since === compare.since ? data : null;
  useEffect(() => {
    useComparing.setState({ appearance: found && appearanceOf(found, side, changedOnly) });
    scene.versions.set(found && beforeOf(found, side, chosen));
    return () => useComparing.setState({ appearance: null });
  }, [scene, found, side, chosen, changedOnly]);
  useEffect(() => scene.versions.setSplit(split), [scene, split]);
}
