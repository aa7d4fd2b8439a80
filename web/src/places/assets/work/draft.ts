// What has been filled in and not been sent, kept by the browser: a plant room has no network.
import type { Answer } from "../../../api/work.ts";

export interface Draft {
  readonly asset: string;
  readonly checklist: string;
  readonly order: string;
  readonly answers: Readonly<Record<string, Answer>>;
  /** Photos by the item that asks for them. */
  readonly photos: Readonly<Record<string, Blob>>;
  readonly remarks: string;
  /** Whether it is complete and only waits for the network. */
  readonly waits: boolean;
}

const store = "inspections";

function database(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open("csdi-work", 1);
    asked.onupgradeneeded = () => void asked.result.createObjectStore(store);
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error ?? new Error("the browser keeps nothing"));
  });
}

async function within<T>(mode: IDBTransactionMode, work: (drafts: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const open = await database();
  try {
    return await new Promise<T>((resolve, reject) => {
      const asked = work(open.transaction(store, mode).objectStore(store));
      asked.onsuccess = () => resolve(asked.result);
      asked.onerror = () => reject(asked.error ?? new Error("the browser keeps nothing"));
    });
  } finally {
    open.close();
  }
}

/** The key of a draft: one for each asset and list. */
export function keyOf({ asset, checklist }: Pick<Draft, "asset" | "checklist">): string {
  return `${asset} ${checklist}`;
}

export const readDraft = (asset: string, checklist: string): Promise<Draft | undefined> =>
  within<Draft | undefined>("readonly", (drafts) => drafts.get(keyOf({ asset, checklist })) as IDBRequest<Draft | undefined>);
export const keepDraft = async (draft: Draft): Promise<void> => void (await within("readwrite", (drafts) => drafts.put(draft, keyOf(draft))));
export const dropDraft = async (draft: Pick<Draft, "asset" | "checklist">): Promise<void> => within("readwrite", (drafts) => drafts.delete(keyOf(draft)));
export const allDrafts = (): Promise<Draft[]> => within<Draft[]>("readonly", (drafts) => drafts.getAll() as IDBRequest<Draft[]>);
