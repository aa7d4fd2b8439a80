// Addresses of tiles as the engine asks for them: those that are not for everybody with the token of who asks.
import { Resource } from "./engine.ts";
import { authorization } from "../api/editor.ts";

const ours = /^\/api\//;

/** The address; what lies below `/api` on this host is asked for with the token, and so are the tiles that it names. */
export function resourceOf(url: string): string | Resource {
  return ours.test(url) ? new Resource({ url, headers: authorization() }) : url;
}
