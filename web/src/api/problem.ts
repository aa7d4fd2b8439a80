// What went wrong, as the server says it (RFC 9457), or as we must say it when it could not answer.

/** One value that cannot be so. */
export interface Refusal {
  readonly code: string;
  readonly subject: string;
  readonly message: string;
  readonly cure?: string;
}

/** An error a person can act on: what, its stable code, and the remedy. */
export class Problem extends Error {
  constructor(
    readonly title: string,
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly remedy: string,
    /** What is wrong with each value that was sent. */
    readonly findings: readonly Refusal[] = [],
  ) {
    super(detail || title);
    this.name = "Problem";
  }

  /** The problem document in an answer with an error status; an answer in any other form becomes one. */
  static async from(response: Response): Promise<Problem> {
    const body = await readJson(response);
    const text = (key: string): string => (typeof body[key] === "string" ? (body[key] as string) : "");
    return new Problem(
      text("title") || response.statusText || `HTTP ${response.status}`,
      response.status,
      text("code") || `http-${response.status}`,
      text("detail") || text("description") || new URL(response.url, location.href).pathname,
      text("remedy"),
      Array.isArray(body["findings"]) ? (body["findings"] as Refusal[]) : [],
    );
  }

  /** Any thrown value as a Problem. */
  static of(thrown: unknown, code = "page-error"): Problem {
    if (thrown instanceof Problem) return thrown;
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    return new Problem(message, 0, code, message, "");
  }
}

async function readJson(response: Response): Promise<Record<string, unknown>> {
  try {
    const body: unknown = await response.json();
    return typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
