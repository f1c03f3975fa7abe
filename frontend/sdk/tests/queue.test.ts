import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Counts, openDrops } from '../src/drops.ts';
import { type Batch, MOST_QUEUED_CHARACTERS, OLDEST_MS, openQueue } from '../src/queue.ts';
import { openStore } from '../src/store.ts';
import { storageArea } from './surroundings.ts';

function opened(area: Storage = storageArea()) {
  const store = openStore();
  store.persist(area);
  const drops = openDrops(() => undefined);
  return { area, drops, store, queue: openQueue(store, drops) };
}

function batch(id: string, given: Partial<Batch> = {}): Batch {
  return { id, madeAt: Date.now(), count: 2, events: '{},{}', ...given };
}

test('what one tab queues another one finds, oldest first', () => {
  const one = opened();
  one.queue.put(batch('late', { madeAt: Date.now() }));
  one.queue.put(batch('early', { madeAt: Date.now() - 5 }));
  assert.deepEqual(
    opened(one.area)
      .queue.waiting()
      .map(found => found.id),
    ['early', 'late'],
  );
});

test('a full queue gives up its oldest batches and counts their events, reports included', () => {
  const { queue, drops } = opened();
  const big = 'x'.repeat(MOST_QUEUED_CHARACTERS / 3);
  const reported: Counts = { refused_400: 4 };
  queue.put(batch('first', { events: big, madeAt: Date.now() - 2, drops: reported }));
  queue.put(batch('second', { events: big, madeAt: Date.now() - 1 }));
  queue.put(batch('third', { events: big }));
  assert.deepEqual(
    queue.waiting().map(found => found.id),
    ['second', 'third'],
  );
  assert.deepEqual(drops.take(), { queue_full: 2, refused_400: 4 });
});

test('a batch that nobody could send for a week is dropped and counted', () => {
  const { queue, drops } = opened();
  queue.put(batch('old', { madeAt: Date.now() - OLDEST_MS - 1 }));
  assert.deepEqual(queue.waiting(), []);
  assert.deepEqual(drops.take(), { too_old: 2 });
});

test('what others wrote under our keys is removed and stops nothing', () => {
  const { queue, area } = opened();
  for (const [at, text] of ['', '{', 'null', '7', '{"id":"other"}'].entries()) {
    area.setItem(`cloudworks.batch.${at}`, text);
  }
  queue.put(batch('good'));
  assert.deepEqual(
    queue.waiting().map(found => found.id),
    ['good'],
  );
  assert.equal(area.length, 1);
});

test('where the storage is full or refused, the page itself remembers', () => {
  for (const area of [storageArea(0), undefined]) {
    const store = openStore();
    store.persist(area);
    const queue = openQueue(
      store,
      openDrops(() => undefined),
    );
    queue.put(batch('kept'));
    assert.equal(queue.waiting().length, 1);
    queue.remove(batch('kept'));
    assert.equal(queue.holds(batch('kept')), false);
  }
});

test('what was stored before wins over what was remembered until then', () => {
  const area = storageArea();
  area.setItem('cloudworks.visitor', 'known');
  const store = openStore();
  store.write('visitor', 'new');
  store.write('session', 'new');
  store.persist(area);
  assert.equal(store.read('visitor'), 'known');
  assert.equal(area.getItem('cloudworks.session'), 'new');
  store.wipe();
  assert.equal(area.length, 0);
});
