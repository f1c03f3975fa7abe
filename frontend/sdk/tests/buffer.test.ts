import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Draft, MOST_BATCH_EVENTS, MOST_EVENT_BYTES, sealed } from '../src/buffer.ts';
import { openDrops } from '../src/drops.ts';

const TAIL = '"anonymous_id":"v"}';

function draft(text: string): Draft {
  return { head: `{"params":${JSON.stringify({ text })}`, page: { title: 'Shop' } };
}

function sealedOf(drafts: Draft[]) {
  const drops = openDrops(() => undefined);
  return { batches: sealed(drafts, TAIL, undefined, drops), dropped: drops.take() };
}

test('sealed drafts are JSON events with page and visitor', () => {
  const { batches } = sealedOf([draft('a'), draft('b')]);
  const [first] = JSON.parse(`[${batches[0]?.events}]`);
  assert.deepEqual(first, { params: { text: 'a' }, page: { title: 'Shop' }, anonymous_id: 'v' });
  assert.equal(batches[0]?.count, 2);
});

test('two batches always fit into the last 64 KiB of a page', () => {
  const { batches } = sealedOf(Array.from({ length: 60 }, () => draft('é'.repeat(2_000))));
  assert.equal(
    batches.reduce((sum, batch) => sum + batch.count, 0),
    60,
  );
  for (const batch of batches) assert.ok(Buffer.byteLength(batch.events) + 100 <= 32_768);
});

test('a batch holds no more events than its limit, and batches keep their order', () => {
  const { batches } = sealedOf(Array.from({ length: 120 }, () => draft('a')));
  assert.deepEqual(
    batches.map(batch => batch.count),
    [MOST_BATCH_EVENTS, MOST_BATCH_EVENTS, 20],
  );
  assert.deepEqual(
    [...batches].sort((a, b) => a.madeAt - b.madeAt),
    batches,
  );
});

test('an event that the contract refuses for its size is counted, its neighbours go', () => {
  const { batches, dropped } = sealedOf([draft('a'), draft('é'.repeat(MOST_EVENT_BYTES / 2)), draft('b')]);
  assert.equal(batches[0]?.count, 2);
  assert.deepEqual(dropped, { too_large: 1 });
});

test('a report of drops is carried by its batch and is not counted as an event of the page', () => {
  const { batches } = sealedOf([draft('a'), { ...draft('report'), drops: { too_old: 3 } }]);
  assert.deepEqual([batches[0]?.count, batches[0]?.drops], [1, { too_old: 3 }]);
});
