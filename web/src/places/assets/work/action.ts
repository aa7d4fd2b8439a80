// Something that a person asks for at work; afterwards all about work is read again.
import { useAction, type Action } from "../../../ui/use-action.ts";

export type WorkAction = Action;

const touched = ["work"];

export function useWorkAction(): WorkAction {
  return useAction(touched);
}
