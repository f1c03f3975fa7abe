import type { Counts, Drops } from './drops.ts';
import { safely } from './safely.ts';
import type { Store } from './store.ts';

/** Browsers give a site about 5 million characters; the shop needs room, too. */
export const MOST_QUEUED_CHARACTERS = 1_000_000;
// reading the whole queue for every batch would cost the page more than the batch
const MEASURE_EVERY_CHARACTERS = 100_000;
export const OLDEST_MS = 7 * 24 * 3_600_000;
const KEY = 'batch.';

/** Events that are sent together, under an id that every retry keeps. The names are in visitors' storage. */
export interface Batch {
  id: string;
  madeAt: number;
  /** Events that the page made; the report of drops, if any, is not among them. */
  count: number;
  /** JSON texts of the events, joined by commas. */
  events: string;
  /** Whose events they are: the subject of the token, never the token itself. */
  owner?: string | undefined;
  /** The counts that one of the events reports. */
  drops?: Counts | undefined;
  /** When the page handed the batch to the browser and left without an answer. */
  leftAt?: number | undefined;
}

/** Batches that wait for an answer, each under a key of its own: two tabs never overwrite one. */
export interface Queue {
  /** Returns all that are not too old, oldest first. */
  waiting(): Batch[];
  holds(batch: Batch): boolean;
  put(batch: Batch): void;
  remove(batch: Batch): void;
  /** Removes a batch that will not arrive, and counts its events. */
  giveUp(batch: Batch, reason: string): void;
}

export function openQueue(store: Store, drops: Drops): Queue {
  const keys = () => store.names().filter(key => key.startsWith(KEY));
  const size = (key: string) => store.read(key)?.length ?? 0;
  let unmeasured = MEASURE_EVERY_CHARACTERS;

  /** Returns a batch as it was put; what is none (somebody else wrote there) is removed. */
  function batchAt(key: string): Batch[] {
    const batch = safely(JSON.parse)(store.read(key) ?? '');
    if (batch?.events && KEY + batch.id === key && batch.madeAt) return [batch];
    store.remove(key);
    return [];
  }

  function isFresh(batch: Batch): boolean {
    const isOld = Date.now() - batch.madeAt > OLDEST_MS;
    if (isOld) queue.giveUp(batch, 'too_old');
    return !isOld;
  }

  function removeExcess(): void {
    let excess = keys().reduce((sum, key) => sum + size(key), -MOST_QUEUED_CHARACTERS);
    for (const oldest of excess > 0 ? queue.waiting() : []) {
      if (excess <= 0) return;
      excess -= size(KEY + oldest.id);
      queue.giveUp(oldest, 'queue_full');
    }
  }

  const queue: Queue = {
    waiting: () =>
      keys()
        .flatMap(batchAt)
        .filter(isFresh)
        .sort((a, b) => a.madeAt - b.madeAt),
    holds: batch => !!store.read(KEY + batch.id),
    put(batch) {
      const text = JSON.stringify(batch);
      store.write(KEY + batch.id, text);
      unmeasured += text.length;
      if (unmeasured < MEASURE_EVERY_CHARACTERS) return;
      unmeasured = 0;
      removeExcess();
    },
    remove: batch => store.remove(KEY + batch.id),
    giveUp(batch, reason) {
      queue.remove(batch);
      drops.add(reason, batch.count);
      for (const [earlier, count] of Object.entries(batch.drops ?? {})) drops.add(earlier, count);
    },
  };
  return queue;
}
