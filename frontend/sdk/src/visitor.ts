import type { Store } from './store.ts';
import { uuid } from './uuid.ts';

const INACTIVITY_MS = 30 * 60_000;
// asking the storage for every event costs the page more than a hint is worth
const ASK_EVERY_MS = 1_000;

/** Who visits, as far as this browser knows: a random id, and a hint of the session across tabs. */
export interface Visitor {
  id(): string;
  /** The warehouse decides on sessions; this only says which events this browser thinks belong together. */
  sessionHint(now: number): string;
}

export function openVisitor(store: Store): Visitor {
  let hint: string;
  let askedAt = 0;
  return {
    id() {
      const known = store.read('visitor');
      if (known && /^[\w-]{1,128}$/.test(known)) return known;
      const made = uuid();
      store.write('visitor', made);
      return made;
    },
    sessionHint(now) {
      if (Math.abs(now - askedAt) < ASK_EVERY_MS) return hint;
      // another tab may have gone on with the session, or begun one
      const [id, usedAt] = (store.read('session') ?? '').split(' ');
      hint = id && now - Number(usedAt) <= INACTIVITY_MS ? id : uuid();
      askedAt = now;
      store.write('session', `${hint} ${now}`);
      return hint;
    },
  };
}
