import type { Store } from './store.ts';
import { uuid } from './uuid.ts';

const LEASE_MS = 30_000;

/**
 * Runs `work` while no other tab of this site runs it; resolves to false if another tab has its turn.
 *
 * Web Locks exist on secure pages only. Elsewhere a lease in storage does: two tabs that write it at the very
 * same moment could both go on, which costs a request and doubles nothing, for a batch keeps its id.
 * `work` calls what it is given between two requests, to say that it is still there.
 */
export async function inOneTab(
  store: Store,
  work: (renew: () => void) => Promise<void>,
  pause = (ms: number) => new Promise<void>(resolve => setTimeout(resolve, ms)),
): Promise<boolean> {
  let isRun = false;
  try {
    await navigator.locks.request('cloudworks', () => {
      isRun = true;
      return work(() => undefined);
    });
  } catch {
    // no locks here; some pages have the object and not the right (sandboxed frames)
  }
  return isRun || withLease(store, work, pause);
}

async function withLease(
  store: Store,
  work: (renew: () => void) => Promise<void>,
  pause: (ms: number) => Promise<void>,
): Promise<boolean> {
  const own = uuid();
  const holder = () => (store.read('lease') ?? '').split(' ');
  const renew = () => store.write('lease', `${own} ${Date.now() + LEASE_MS}`);
  const left = Number(holder()[1]) - Date.now();
  if (left > 0 && left <= LEASE_MS) return false;
  renew();
  await pause(20 + Math.random() * 40);
  if (holder()[0] !== own) return false;
  try {
    await work(renew);
  } finally {
    if (holder()[0] === own) store.remove('lease');
  }
  return true;
}
