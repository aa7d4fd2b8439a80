// The one door to the server: JSON in, JSON or a Problem out. Same origin only.
import { Problem } from "./problem.ts";

/** The JSON at a path of our own host.
 *
 * @throws {Problem} the server refused, or could not be reached (code `server-unreachable`).
 */
export async function getJson<T>(path: string, signal?: AbortSignal): Promise<T> {
  const response = await reach(path, signal);
  if (!response.ok) throw await Problem.from(response);
  return (await response.json()) as T;
}

/** The JSON at a path, whatever the status: health documents answer 503 with a body worth reading. */
export async function getJsonAnyStatus<T>(path: string, signal?: AbortSignal): Promise<{ ok: boolean; status: number; body: T | null }> {
  const response = await reach(path, signal);
  const body = await response.json().catch(() => null);
  return { ok: response.ok, status: response.status, body: body as T | null };
}

async function reach(path: string, signal?: AbortSignal): Promise<Response> {
  const url = sameOrigin(path);
  try {
    return await fetch(url, { headers: { accept: "application/geo+json, application/json" }, ...(signal ? { signal } : {}) });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Problem("", 0, "server-unreachable", url, "");
  }
}

/** The path and query of a link, without its host: behind a proxy a server may name itself differently from how we reached it. */
export function sameOrigin(link: string): string {
  const url = new URL(link, "http://self/");
  return url.pathname + url.search;
}
