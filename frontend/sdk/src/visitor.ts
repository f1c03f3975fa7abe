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
  let session = { id: '', at: 0, writtenAt: 0 };
  return {
    id() {
      const known = store.get('visitor');
      if (known && /^[\w-]{1,128}$/.test(known)) return known;
      const made = uuid();
      store.set('visitor', made);
      return made;
    },
    sessionHint(now) {
      if (now - session.writtenAt > WRITE_EVERY_MS) {
        const [id = '', at = '0'] = (store.get('session') ?? '').split(' ');
        // another tab may have gone on with the session, or begun one
        if (id && Number(at) > session.at) session = { id, at: Number(at), writtenAt: 0 };
      }
      if (!session.id || now - session.at > INACTIVITY_MS) session = { id: uuid(), at: now, writtenAt: 0 };
      session.at = now;
      if (now - session.writtenAt > WRITE_EVERY_MS) {
        store.set('session', `${session.id} ${now}`);
        session.writtenAt = now;
      }
      return session.id;
    },
  };
}
