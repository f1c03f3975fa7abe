import assert from 'node:assert/strict';
import { test } from 'node:test';
import { subjectOf } from '../src/identity.ts';
import { hasPrivacySignal } from '../src/privacy.ts';
import { openStore } from '../src/store.ts';
import { uuid, uuidOfBytes } from '../src/uuid.ts';
import { openVisitor } from '../src/visitor.ts';
import { storageArea } from './surroundings.ts';

const MINUTE_MS = 60_000;
const NOW = 1_700_000_000_000;

function visitorOn(area: Storage) {
  const store = openStore();
  store.persist(area);
  return openVisitor(store);
}

test('ids are UUIDs of version 4, and all different', () => {
  const ids = [...Array(1_000)].flatMap(() => [uuid(), uuidOfBytes()]);
  for (const id of ids)
    assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.equal(new Set(ids).size, ids.length);
});

test('a visitor keeps the id over pages, and what is no id is replaced', () => {
  const area = storageArea();
  const id = visitorOn(area).id();
  assert.equal(visitorOn(area).id(), id);
  area.setItem('cloudworks.visitor', '<script>');
  assert.match(visitorOn(area).id(), /^[\w-]{36}$/);
});

test('a session goes on over tabs and ends after 30 minutes without an event in any', () => {
  const area = storageArea();
  const [one, two] = [visitorOn(area), visitorOn(area)];
  const first = one.sessionHint(NOW);
  assert.equal(two.sessionHint(NOW + 20 * MINUTE_MS), first);
  assert.equal(one.sessionHint(NOW + 45 * MINUTE_MS), first);
  const second = two.sessionHint(NOW + 80 * MINUTE_MS);
  assert.notEqual(second, first);
  assert.equal(one.sessionHint(NOW + 81 * MINUTE_MS), second);
});

test('a burst of events asks the storage once', () => {
  const area = storageArea();
  const visitor = visitorOn(area);
  const hint = visitor.sessionHint(NOW);
  area.setItem('cloudworks.session', `another ${NOW}`);
  assert.equal(visitor.sessionHint(NOW + 999), hint);
  assert.equal(visitor.sessionHint(NOW + 1_000), 'another');
});

test('a session that another program wrote over is a new one', () => {
  const area = storageArea();
  for (const wrong of ['', 'abc', `abc soon`, ` ${NOW}`]) {
    area.setItem('cloudworks.session', wrong);
    assert.match(visitorOn(area).sessionHint(NOW), /^[\w-]{36}$/);
  }
});

test('only a token with a subject has an owner', () => {
  const token = (claims: object) => `h.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.s`;
  assert.equal(subjectOf(token({ sub: 'person-1' })), 'person-1');
  for (const wrong of ['', 'abc', 'a.b.c', token({}), token({ sub: 7 })])
    assert.equal(subjectOf(wrong), undefined);
});

test('either signal of the browser counts', () => {
  assert.equal(hasPrivacySignal({ globalPrivacyControl: true }), true);
  assert.equal(hasPrivacySignal({ doNotTrack: '1' }), true);
  assert.equal(hasPrivacySignal({ doNotTrack: 'unspecified', globalPrivacyControl: false }), false);
});
