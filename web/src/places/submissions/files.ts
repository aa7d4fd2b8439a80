// Files of a submission on their way to the server.
import { useRef, useState } from "react";
import { Problem } from "../../api/problem.ts";
import { sendFile } from "../../api/tus.ts";

export interface Outgoing {
  readonly id: number;
  readonly file: File;
  readonly kind: "models" | "documents";
  /** Under which it is known in the submission: the same in each version. */
  readonly name: string;
  /** Discipline of a model, title of a document. */
  readonly label: string;
  readonly share: number;
  /** Path of the upload, "" until it is complete. */
  readonly upload: string;
  readonly problem: Problem | null;
}

export interface Files {
  readonly files: readonly Outgoing[];
  add(files: readonly File[]): void;
  change(id: number, change: Partial<Pick<Outgoing, "name" | "label">>): void;
  /** Stops sending it, and forgets it. */
  drop(id: number): void;
  retry(id: number): void;
  clear(): void;
}

let numbers = 0;

/** Sends files as soon as they are added, each for itself. */
export function useFiles(): Files {
  const [files, setFiles] = useState<readonly Outgoing[]>([]);
  const stops = useRef(new Map<number, AbortController>());
  const change = (id: number, with_: Partial<Outgoing>): void =>
    setFiles((now) => now.map((one) => (one.id === id ? { ...one, ...with_ } : one)));
  const start = (id: number, file: File): void => {
    const stop = new AbortController();
    stops.current.set(id, stop);
    change(id, { problem: null });
    sendFile(file, { signal: stop.signal, onShare: (share) => change(id, { share }) }).then(
      (upload) => change(id, { upload, share: 1 }),
      (thrown: unknown) => stop.signal.aborted || change(id, { problem: Problem.of(thrown) }),
    );
  };
  return {
    files,
    add: (added) => {
      const fresh = added.map((file) => outgoing(file));
      setFiles((now) => [...now, ...fresh]);
      for (const { id, file } of fresh) start(id, file);
    },
    change,
    drop: (id) => {
      stops.current.get(id)?.abort();
      setFiles((now) => now.filter((one) => one.id !== id));
    },
    retry: (id) => {
      const found = files.find((one) => one.id === id);
      if (found) start(id, found.file);
    },
    clear: () => setFiles([]),
  };
}

function outgoing(file: File): Outgoing {
  const kind = /\.(ifc|ifczip|ifcxml)$/i.test(file.name) ? "models" : "documents";
  const stem = file.name.replace(/\.[^.]*$/, "");
  return { id: ++numbers, file, kind, name: nameOf(stem), label: kind === "models" ? "" : stem, share: 0, upload: "", problem: null };
}

const longestName = 63;

/** A name that can be part of an address: `Tower A (v2)` becomes `tower-a-v2`. */
export function nameOf(text: string): string {
  const name = text
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9_]+/g, "-")
    .replace(/^[-_]+|-+$/g, "");
  return name.slice(0, longestName) || `file-${++numbers}`;
}
