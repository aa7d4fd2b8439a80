// Sends what was filled in: photos first, then the answers that name them.
import { Problem } from "../../../api/problem.ts";
import { keepPhoto, sendInspection, type Answer, type Attachment, type Inspection } from "../../../api/work.ts";
import { allDrafts, dropDraft, type Draft } from "./draft.ts";

/** Sends a draft, then forgets it. */
export async function sendDraft(draft: Draft): Promise<Inspection> {
  const attachments: Attachment[] = [];
  const answers: Record<string, Answer> = { ...draft.answers };
  for (const [item, photo] of Object.entries(draft.photos)) {
    const kept = await keepPhoto(photo, photo instanceof File ? photo.name : `${item}.jpg`);
    attachments.push(kept);
    answers[item] = kept.sha256;
  }
  const { asset, checklist, order, remarks } = draft;
  const made = await sendInspection({ asset, checklist, answers, attachments, remarks, ...(order ? { order } : {}) });
  await dropDraft(draft);
  return made;
}

/** Whether it failed only because there was no network. */
export function isOffline(thrown: unknown): boolean {
  return thrown instanceof Problem && thrown.status === 0;
}

/** Sends all drafts that wait for the network; gives how many went. */
export async function sendWaiting(): Promise<number> {
  let sent = 0;
  for (const draft of (await allDrafts()).filter(({ waits }) => waits)) {
    await sendDraft(draft);
    sent += 1;
  }
  return sent;
}
