import type { Counts, Drops } from './drops.ts';
import type { Store } from './store.ts';

/** Browsers give a site about 5 million characters; the shop needs room, too. */
export const MOST_QUEUED_CHARACTERS = 1_000_000;
// reading the whole queue for every batch would cost the page more than the batch
const MEASURE_EVERY_CHARACTERS = 100_000;
export const OLDEST_MS = 7 * 24 * 3_600_000;
const KEY = 'batch.';

/** Events that are sent together, under an id that every retry keeps. */
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

/** Batches that wait for an answer, oldest first, each under a key of its own: two tabs never overwrite one. */
export interface Queue {
  all(): Batch[];
  has(id: string): boolean;
  put(batch: Batch): void;
  remove(id: string): void;
  /** Removes a batch that will not arrive, and counts its events. */
  drop(batch: Batch, reason: string): void;
}

export function openQueue(store: Store, drops: Drops): Queue {
  const keys = () => store.keys().filter(key => key.startsWith(KEY));
  const size = () => keys().reduce((sum, key) => sum + (store.get(key)?.length ?? 0), 0);
  let unmeasured = MEASURE_EVERY_CHARACTERS;
  const queue: Queue = {
    all() {
      const found = keys().map(key => read(store, key));
      const whole = found.filter((batch): batch is Batch => batch !== undefined);
      whole.sort((a, b) => a.madeAt - b.madeAt);
      const [fresh, old] = split(whole, batch => Date.now() - batch.madeAt <= OLDEST_MS);
      for (const batch of old) queue.drop(batch, 'too_old');
      return fresh;
    },
    has: id => store.get(KEY + id) !== null,
    put(batch) {
      const text = JSON.stringify(batch);
      store.set(KEY + batch.id, text);
      unmeasured += text.length;
      if (unmeasured < MEASURE_EVERY_CHARACTERS) return;
      unmeasured = 0;
      let excess = size() - MOST_QUEUED_CHARACTERS;
      for (const oldest of queue.all()) {
        if (excess <= 0) return;
        excess -= store.get(KEY + oldest.id)?.length ?? 0;
        queue.drop(oldest, 'queue_full');
      }
    },
    remove: id => store.remove(KEY + id),
    drop(batch, reason) {
      queue.remove(batch.id);
      drops.add(reason, batch.count);
      drops.addAll(batch.drops ?? {});
    },
  };
  return queue;
}

/** Returns a batch as it was put; what is none (somebody else wrote there) is removed. */
function read(store: Store, key: string): Batch | undefined {
  try {
    const batch = JSON.parse(store.get(key) ?? 'null') as Partial<Batch> | null;
    if (batch?.events && batch.id && KEY + batch.id === key && batch.madeAt) return batch as Batch;
  } catch {
    // not JSON: the same as not a batch
  }
  store.remove(key);
  return undefined;
}

function split<T>(all: T[], isFirst: (one: T) => boolean): [T[], T[]] {
  return [all.filter(isFirst), all.filter(one => !isFirst(one))];
}
