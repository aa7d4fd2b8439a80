// What the page lends to tests.
import type { Preview } from "./preview.ts";

declare global {
  interface Window {
    /** The maps of the page, in its order; null where a picture stands. */
    __maps?: Promise<readonly (Preview | null)[]>;
  }
}
