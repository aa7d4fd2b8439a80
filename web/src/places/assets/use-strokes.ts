// Lines in the scene for as long as something is looked at.
import { useEffect, useRef } from "react";
import type { TwinScene } from "../../scene/scene.ts";
import type { Stroke, Strokes } from "../../scene/strokes.ts";

export function useStrokes(scene: TwinScene | null, strokes: readonly Stroke[]): void {
  const drawn = useRef<Strokes | null>(null);
  useEffect(() => {
    let gone = false;
    if (scene && (strokes.length || drawn.current)) {
      void import("../../scene/strokes.ts").then(({ Strokes }) => {
        if (gone) return;
        drawn.current ??= new Strokes(scene.widget.scene);
        drawn.current.set(strokes);
      });
    }
    return () => {
      gone = true;
    };
  }, [scene, strokes]);
  useEffect(
    () => () => {
      drawn.current?.destroy();
      drawn.current = null;
    },
    [scene],
  );
}
