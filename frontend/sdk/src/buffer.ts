import type { Counts, Drops } from './drops.ts';
import { toJson } from './json.ts';
import type { Page } from './pages.ts';
import type { Batch } from './queue.ts';
import { uuid } from './uuid.ts';

// limits of the contract (lambda_src/contract/event.py), and room for two batches in a page's last 64 KiB
export const MOST_EVENT_BYTES = 32 * 1_024;
const MOST_BATCH_BYTES = 30_000;
export const MOST_BATCH_EVENTS = 50;

/** An event of which page and visitor are written when it is sealed: titles come late, ids after consent. */
export interface Draft {
  /** The event's JSON without its closing brace. */
  head: string;
  page: Page;
  /** Set on the one event that reports drops. */
  drops?: Counts | undefined;
}

/** Returns the drafts as batches that keep every limit; events that cannot are dropped and counted. */
export function sealed(drafts: Draft[], tail: string, owner: string | undefined, drops: Drops): Batch[] {
  const batches: Batch[] = [];
  const encoder = new TextEncoder();
  let open: Batch | undefined;
  let [bytes, eventsCount] = [0, 0];
  for (const draft of drafts) {
    const text = `${draft.head},"page":${toJson(draft.page)},${tail}`;
    const size = encoder.encode(text).length;
    if (size > MOST_EVENT_BYTES) {
      drops.add('too_large');
      continue;
    }
    if (!open || bytes + size > MOST_BATCH_BYTES || eventsCount >= MOST_BATCH_EVENTS) {
      open = { id: uuid(), madeAt: Date.now() + batches.length / 1_000, count: 0, events: '', owner };
      batches.push(open);
      [bytes, eventsCount] = [0, 0];
    }
    open.events += (eventsCount++ ? ',' : '') + text;
    open.count += draft.drops ? 0 : 1;
    open.drops ??= draft.drops;
    bytes += size;
  }
  return batches;
}
