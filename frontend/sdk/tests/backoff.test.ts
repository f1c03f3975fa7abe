import assert from 'node:assert/strict';
import { test } from 'node:test';
import { retryAfterMs, verdict, waitMs } from '../src/backoff.ts';

const NOW = Date.parse('2026-11-22T12:00:00Z');

test('what cannot succeed is never sent again', () => {
  for (const status of [400, 403, 404, 413, 415, 422]) assert.equal(verdict(status, false), 'refused');
});

test('what may succeed later is sent again', () => {
  for (const status of [0, 304, 408, 429, 500, 502, 503, 504]) assert.equal(verdict(status, false), 'retry');
});

test('a token that is no longer good costs the owner, not the events', () => {
  assert.equal(verdict(401, true), 'anonymous');
  assert.equal(verdict(403, true), 'anonymous');
  assert.equal(verdict(400, true), 'refused');
});

test('waits grow to five minutes and are spread over half of themselves', () => {
  assert.deepEqual(
    [1, 2, 3, 4].map(count => waitMs(count, null, NOW, 1)),
    [1_000, 2_000, 4_000, 8_000],
  );
  assert.equal(waitMs(1, null, NOW, 0), 500);
  assert.equal(waitMs(40, null, NOW, 1), 300_000);
});

test('the wait that the API asks for is never cut short', () => {
  assert.ok(waitMs(1, '30', NOW, 0) >= 30_000);
  assert.ok(waitMs(1, '30', NOW, 1) > 30_000);
  assert.ok(waitMs(9, '1', NOW, 0) > 100_000);
});

test('Retry-After is seconds or a date, nonsense is nothing, and an hour is the most', () => {
  assert.equal(retryAfterMs('5', NOW), 5_000);
  assert.equal(retryAfterMs('Sun, 22 Nov 2026 12:00:10 GMT', NOW), 10_000);
  assert.equal(retryAfterMs('Sun, 22 Nov 2026 11:00:00 GMT', NOW), 0);
  for (const header of [null, '', 'soon', '-5']) assert.equal(retryAfterMs(header, NOW), 0);
  assert.equal(retryAfterMs('999999999', NOW), 3_600_000);
});
