// Something that a person asks for of a submission; afterwards all about submissions is read again.
import { useAction as useAny, type Action } from "../../ui/use-action.ts";

const touched = ["submission", "submissions", "findings", "trail"];

export function useAction(): Action {
  return useAny(touched, ["submission"]);
}
