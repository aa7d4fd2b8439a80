// What the tools' state says goes into the scene; what is clicked and dragged there comes back.
import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import { polygonsOf } from "../../api/geometry.ts";
import { Problem } from "../../api/problem.ts";
import { itemQuery } from "../../api/queries.ts";
import type { Feature, Site } from "../../api/types.ts";
import { useText } from "../../i18n/use-text.ts";
import { boxAround, planCut, type Cut } from "../../scene/tools/cut.ts";
import { toGrid } from "../../scene/tools/readings.ts";
import type { TwinScene } from "../../scene/scene.ts";
import { amend, modelOf, tell, useStore } from "../../state.ts";
import { numberAt } from "../element.ts";
import { cutThrough } from "./face.ts";
import { notesOf } from "./notes.ts";
import { addPoint, useTools } from "./state.ts";

const marginM = 0.3;

/** The box around a Feature between its levels, null for one without an outline or levels. */
export function boxOfFeature(feature: Feature, datum: number): Cut | null {
  const rings = feature.geometry ? [...polygonsOf(feature.geometry)].flat() : [];
  const [base, top] = [numberAt(feature.properties, "base_level"), numberAt(feature.properties, "top_level")];
  if (base === null || top === null) return null;
  return boxAround(rings.flat(), base + datum, top + datum, marginM);
}

/** Keeps the scene in step with what the tools say. */
export function useFollow(scene: TwinScene, site: Site): void {
  useSection(scene, site);
  useClicks(scene);
  useMeasure(scene);
}

function useSection(scene: TwinScene, site: Site): void {
  const cut = useStore((state) => state.view.cut);
  const plan = useStore((state) => state.view.plan);
  const open = useTools((state) => state.open);
  const { data: storey } = useQuery({ ...itemQuery("storeys", plan?.storey ?? ""), enabled: plan !== null });
  const { data: model } = useQuery({ ...itemQuery("models", plan ? modelOf(plan.storey) : ""), enabled: plan !== null });
  const sheet = useMemo(() => (plan && storey && model ? sheetOf(storey, model, plan.north, site.centre[2]) : null), [plan, storey, model, site.centre]);
  useEffect(() => scene.tools.knife.set(sheet?.cut ?? cut), [scene, sheet, cut]);
  useEffect(() => scene.tools.handles.set(open === "cut" && !plan ? cut : null), [scene, open, plan, cut]);
  useEffect(() => {
    if (sheet) scene.tools.plan.enter(sheet.around, sheet.cut);
    else if (!plan) scene.tools.plan.leave();
  }, [scene, sheet, plan]);
  useEffect(() => {
    scene.tools.onCut = (next) => amend({ cut: next });
    return () => void (scene.tools.onCut = null);
  }, [scene]);
}

/** A storey without an outline of its own is seen at the size of its model. */
function sheetOf(storey: Feature, model: Feature, north: boolean, datum: number): { around: Cut; cut: Cut } | null {
  const level = numberAt(storey.properties, "base_level") ?? numberAt(storey.properties, "elevation");
  const around = boxOfFeature(storey, datum) ?? boxOfFeature(model, datum);
  return level === null || !around ? null : { around, cut: planCut(around, level + datum, north) };
}

function useClicks(scene: TwinScene): void {
  const open = useTools((state) => state.open);
  const facing = useTools((state) => state.facing);
  const walking = useTools((state) => state.walking);
  useEffect(() => {
    if (open === "measure") scene.tools.onPoint = addPoint;
    else if (open === "cut" && facing) scene.tools.onPoint = (probe) => cutThrough(probe);
    else if (open === "walk" && !walking)
      scene.tools.onPoint = (probe) => {
        scene.tools.walk.enter(probe.at);
        useTools.setState({ walking: true });
      };
    return () => void (scene.tools.onPoint = null);
  }, [scene, open, facing, walking]);
  useEffect(() => {
    if (!walking) scene.tools.walk.leave();
  }, [scene, walking]);
}

function useMeasure(scene: TwinScene): void {
  const { t, language } = useText();
  const points = useTools((state) => state.points);
  const kind = useTools((state) => state.kind);
  useEffect(() => {
    scene.tools.tape.set(points.length ? { points, closed: kind === "area", notes: notesOf(kind, points, language) } : null);
  }, [scene, points, kind, language, t]);
  useEffect(() => {
    if (points.length === 0) return;
    let gone = false;
    toGrid(points).then(
      (grid) => gone || useTools.setState({ grid }),
      (error: unknown) => tell(Problem.of(error)),
    );
    return () => void (gone = true);
  }, [points]);
}
