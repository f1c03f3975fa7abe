import { MOST_OBEYED_MS, verdict, waitMs } from './backoff.ts';
import { type Draft, MOST_BATCH_EVENTS, sealed } from './buffer.ts';
import type { Drops } from './drops.ts';
import { inOneTab } from './oneTab.ts';
import { type Answer, beacon, post } from './post.ts';
import type { Batch, Queue } from './queue.ts';
import { safely } from './safely.ts';
import type { Store } from './store.ts';

// A page that follows within this time is the same visit: what the one before handed over is on its way.
const TRUST_MS = 30_000;
// `online` wakes us; this is for browsers that forget to say so
const OFFLINE_MS = 5_000;
const MOST_HELD = 100;
const FULL_CHARACTERS = 24_000;

/** From drafts to answers: holds, seals, sends, tries again. */
export interface Delivery {
  add(draft: Draft): void;
  /** Resolves when everything that can be sent now was answered. */
  flush(): Promise<void>;
  /** The page goes: what is left is handed to the browser. */
  leave(): void;
  /** The network is back: failures that only it caused are forgotten. */
  reconnect(): void;
  /** From now on events belong to the owner of a token, or to nobody. */
  own(owner: string | undefined, token: string | undefined): void;
  /** Opened, events leave; closed, what is held is forgotten. */
  open(isOpen: boolean): void;
}

export interface DeliveryParts {
  url: string;
  intervalMs: number;
  store: Store;
  queue: Queue;
  drops: Drops;
  /** Called before sealing; adds what is only known then. */
  onSeal(): void;
  /** Returns the JSON that ends every event of this visitor, with the closing brace. */
  tail(): string;
}

export function openDelivery(parts: DeliveryParts): Delivery {
  const { store, queue, drops } = parts;
  let isOpen = false;
  let drafts: Draft[] = [];
  let characters = 0;
  let owner: string | undefined;
  // the last token of each owner: what somebody did before signing out is still theirs
  const tokens = new Map<string, string>();
  let inFlight: string | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let dueAt = Infinity;

  /** Failures in a row, until when to wait, and the last status; shared by all tabs. */
  const wait = () => (store.read('wait') ?? '0 0 0').split(' ').map(Number) as [number, number, number];
  const waitLeftMs = () => {
    if (navigator.onLine === false) return OFFLINE_MS;
    const left = wait()[1] - Date.now();
    // a wait that nobody asked for is that of a clock which was set since
    return left > 0 && left < 2 * MOST_OBEYED_MS ? left : 0;
  };
  const isDue = (batch: Batch) => !batch.leftAt || Math.abs(Date.now() - batch.leftAt) > TRUST_MS;

  const isFull = () => drafts.length >= MOST_BATCH_EVENTS || characters >= FULL_CHARACTERS;

  function schedule(ms: number): void {
    if (Date.now() + ms >= dueAt) return;
    clearTimeout(timer);
    dueAt = Date.now() + ms;
    timer = setTimeout(flush, ms);
  }

  function seal(): void {
    if (!isOpen || !drafts.length) return;
    parts.onSeal();
    const all = drafts;
    [drafts, characters] = [[], 0];
    for (const batch of sealed(all, parts.tail(), owner, drops)) queue.put(batch);
  }

  // what is stored stays stored, and the next event tries again
  const flush = () => flushed().catch(() => undefined);

  async function flushed(): Promise<void> {
    clearTimeout(timer);
    dueAt = Infinity;
    if (!isOpen) return;
    const left = waitLeftMs();
    if (!left || isFull()) seal();
    if (left) return schedule(left);
    if (!queue.waiting().some(isDue)) return;
    if (!(await inOneTab(store, drain))) schedule(500 + Math.random() * 1_000);
  }

  async function drain(renew: () => void): Promise<void> {
    while (isOpen && !waitLeftMs()) {
      const batch = queue.waiting().find(isDue);
      if (!batch) return;
      inFlight = batch.id;
      const answer = await post(urlOf(batch), bodyOf(batch), tokenOf(batch));
      // a page that goes hears that it failed, while the browser goes on with it: such a page ends here
      if (!answer.status) await new Promise(resolve => setTimeout(resolve));
      inFlight = undefined;
      conclude(batch, answer);
      renew();
    }
    schedule(waitLeftMs());
  }

  function conclude(batch: Batch, answer: Answer): void {
    if (!queue.holds(batch)) return; // consent was withdrawn, or there was no room
    const meaning = verdict(answer.status, tokenOf(batch) !== undefined);
    if (meaning === 'retry') failed(answer);
    else store.remove('wait');
    if (meaning === 'anonymous') queue.put({ ...batch, owner: undefined, leftAt: undefined });
    if (meaning === 'refused') queue.giveUp(batch, `refused_${answer.status}`);
    if (meaning === 'stored') stored(batch, answer);
  }

  function stored(batch: Batch, answer: Answer): void {
    queue.remove(batch);
    if (answer.rejectedCount) drops.add('rejected', answer.rejectedCount);
    for (const left of queue.waiting()) if (!isDue(left)) queue.remove(left);
  }

  function failed(answer: Answer): void {
    const count = (wait()[0] || 0) + 1;
    const until = Date.now() + waitMs(count, answer.retryAfter, Date.now(), Math.random());
    store.write('wait', `${count} ${Math.ceil(until)} ${answer.status}`);
    // what was handed over lately may have met the same failure
    for (const left of queue.waiting()) if (left.leftAt) queue.put({ ...left, leftAt: undefined });
  }

  const tokenOf = (batch: Batch) => (batch.owner ? tokens.get(batch.owner) : undefined);
  const urlOf = (batch: Batch) => parts.url + (tokenOf(batch) ? '/me' : '');
  const bodyOf = (batch: Batch) =>
    `{"sent_at":"${new Date().toISOString()}","batch_id":"${batch.id}","events":[${batch.events}]}`;

  function handOver(batch: Batch): boolean {
    if (!tokenOf(batch)) return beacon(urlOf(batch), bodyOf(batch));
    // a beacon carries no token
    void post(urlOf(batch), bodyOf(batch), tokenOf(batch)).then(
      safely(answer => {
        if (answer.status) conclude(batch, answer);
      }),
    );
    return true;
  }

  return {
    flush,
    add(draft) {
      drafts.push(draft);
      characters += draft.head.length;
      if (!isOpen) {
        if (drafts.length > MOST_HELD) drops.add('held_too_long', drafts.splice(0, 1).length);
      } else schedule(isFull() ? 0 : parts.intervalMs); // never here and now: who calls is the shop, at work
    },
    leave() {
      seal();
      if (!isOpen || waitLeftMs()) return;
      if (inFlight) store.remove('lease');
      for (const batch of queue.waiting()) {
        if (batch.leftAt) continue;
        if (batch.id !== inFlight && !handOver(batch)) return;
        queue.put({ ...batch, leftAt: Date.now() });
      }
    },
    reconnect() {
      if (wait()[2] === 0) store.remove('wait');
      schedule(0);
    },
    own(newOwner, newToken) {
      if (newOwner !== owner) seal();
      owner = newOwner;
      if (newOwner && newToken) tokens.set(newOwner, newToken);
    },
    open(isNowOpen) {
      isOpen = isNowOpen;
      if (!isOpen) [drafts, characters] = [[], 0];
      else if (drafts.length) schedule(parts.intervalMs);
    },
  };
}
