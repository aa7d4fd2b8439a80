// A value that has come to rest, for questions that are asked while somebody types.
import { useEffect, useState } from "react";

/** The value, once it has not changed for a while. */
export function usePaused<T>(value: T, milliseconds: number): T {
  const [paused, setPaused] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setPaused(value), milliseconds);
    return () => clearTimeout(timer);
  }, [value, milliseconds]);
  return paused;
}
