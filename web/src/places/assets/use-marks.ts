// Colours of elements in the scene for as long as something is looked at.
import { useEffect } from "react";
import { useStore } from "../../state.ts";
import { noMarks, type Marks } from "./marks.ts";

/** Brings these out in the scene, also after a selection has let go of them. */
export function useMarks(marks: Marks): void {
  const marked = useStore((state) => state.marked);
  useEffect(() => {
    if (marked !== marks) useStore.setState({ marked: marks });
  }, [marked, marks]);
  useEffect(() => () => useStore.setState({ marked: noMarks }), []);
}
