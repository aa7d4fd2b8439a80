// A viewpoint put into the page: the eye, what is selected and shown, the section.
import type { ViewIn } from "../../api/viewpoints.ts";
import type { Site } from "../../api/types.ts";
import type { Rgb } from "../../scene/appearance.ts";
import { Members } from "../../scene/members.ts";
import type { TwinScene } from "../../scene/scene.ts";
import { go, key, select, show, useStore } from "../../state.ts";
import { rgbOf } from "./colour.ts";
import { useBcf } from "./state.ts";

/** Elements that the address names one by one; more are remembered during this visit. */
const inAddress = 60;

/** Shows a viewpoint of a model as far as it says something. */
export async function apply(view: ViewIn, model: string, site: Site, scene: TwinScene): Promise<void> {
  const ids = (globalIds: readonly string[]): string[] => globalIds.map((id) => `${model}:${id}`);
  const [first = null, ...others] = ids(view.selection);
  const { cut, left } = scene.viewpoints.cutOf(view.planes);
  show(site, [key("model", model)], true);
  show(site, [key("spaces", model)], view.spaces);
  select(first ? { collection: "elements", id: first } : null);
  const few = view.exceptions.length <= inAddress;
  const nodes = few ? view.exceptions.map((id) => `class/id=${escaped(`${model}:${id}`)}`) : [];
  go({ plan: null, cut, only: view.default ? [] : nodes, hidden: view.default ? nodes : [], ...(view.camera ? { camera: null } : {}) });
  const members = few ? null : new Members({ [model]: { ids: view.exceptions } });
  useBcf.setState({ shown: view.guid, left, only: view.default ? null : members, hidden: view.default ? members : null });
  const marked = colours(view);
  useStore.setState({ others, marked: marked.size ? new Map([[model, marked]]) : new Map() });
  // A plan gives the eye back in the next frames.
  await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
  if (view.camera) scene.viewpoints.show(view.camera);
}

/** Takes back what a viewpoint has changed, but for where the eye is. */
export function letGo(scene: TwinScene): void {
  useBcf.setState({ shown: "", only: null, hidden: null, left: 0 });
  useStore.setState({ marked: new Map() });
  select(null);
  go({ cut: null, only: [], hidden: [] });
  scene.viewpoints.leave();
}

function colours({ colours: given }: ViewIn): ReadonlyMap<string, Rgb> {
  return new Map(given.flatMap(({ colour, ids }) => ids.map((id) => [id, rgbOf(colour)] as const)));
}

/** As the tree escapes its addresses. */
function escaped(value: string): string {
  return encodeURIComponent(value).replaceAll("%3A", ":").replaceAll("%20", " ");
}
