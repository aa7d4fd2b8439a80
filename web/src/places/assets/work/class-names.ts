// What classes of assets are called, by the rules of the installation.
import { useQuery } from "@tanstack/react-query";
import { useCallback } from "react";
import { rulesQuery } from "../../../api/assets.ts";
import { useText } from "../../../i18n/use-text.ts";

/** The name of a class; its key where the rules do not say. */
export function useClassNames(): (asset_class: string) => string {
  const { say } = useText();
  const { data } = useQuery(rulesQuery);
  return useCallback((asset_class) => say(data?.classes.find(({ key }) => key === asset_class)?.names) || asset_class, [data, say]);
}
