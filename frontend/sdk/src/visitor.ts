import type { Store } from './store.ts';
import { uuid } from './uuid.ts';

const INACTIVITY_MS = 30 * 60_000;
const WRITE_EVERY_MS = 5_000;

/** Who visits, as far as this browser knows: a random id, and a hint of the session across tabs. */
export interface Visitor {
  id(): string;
  /** The warehouse decides on sessions; this only says which events this browser thinks belong together. */
  sessionHint(now: number): string;
}

export function openVisitor(store: Store): Visitor {
  // finer than what is stored, for storing costs the page more than a hint is worth
  let lastAt = 0;
  return {
    id() {
      const known = store.read('visitor');
      if (known && /^[\w-]{1,128}$/.test(known)) return known;
      const made = uuid();
      store.write('visitor', made);
      return made;
    },
    sessionHint(now) {
      // another tab may have gone on with the session, or begun one
      let [id, storedAt] = (store.read('session') ?? '').split(' ');
      const idleMs = now - Math.max(Number(storedAt) || 0, lastAt);
      if (!id || idleMs > INACTIVITY_MS) [id, storedAt] = [uuid(), undefined];
      if (!storedAt || now - Number(storedAt) > WRITE_EVERY_MS) store.write('session', `${id} ${now}`);
      lastAt = now;
      return id;
    },
  };
}
