import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inOneTab } from '../src/oneTab.ts';
import { openStore } from '../src/store.ts';
import { storageArea } from './surroundings.ts';

// node has no Web Locks before version 24: hide them, so that the lease is what is tested everywhere
Object.defineProperty(globalThis, 'navigator', { value: {}, configurable: true });

function tab(area: Storage) {
  const store = openStore();
  store.persist(area);
  return store;
}

const noPause = async () => undefined;

test('while one tab holds the lease no other works, and then the next one may', async () => {
  const area = storageArea();
  let end: () => void = () => undefined;
  const first = inOneTab(
    tab(area),
    () =>
      new Promise<void>(resolve => {
        end = resolve;
      }),
    noPause,
  );
  await noPause();
  await noPause();
  assert.equal(await inOneTab(tab(area), noPause, noPause), false);
  end();
  assert.equal(await first, true);
  assert.equal(await inOneTab(tab(area), noPause, noPause), true);
});

test('a tab that died with the lease holds nobody up for long', async () => {
  const area = storageArea();
  area.setItem('cloudworks.lease', `dead ${Date.now() - 1}`);
  assert.equal(await inOneTab(tab(area), noPause, noPause), true);
});

test('of two tabs that take the lease at the same moment the last one to write has it', async () => {
  const area = storageArea();
  const meanwhile = async () => area.setItem('cloudworks.lease', `other ${Date.now() + 1_000}`);
  assert.equal(await inOneTab(tab(area), noPause, meanwhile), false);
});

test('work that fails gives the lease back', async () => {
  const area = storageArea();
  const fails = async () => {
    throw new Error('on purpose');
  };
  await assert.rejects(inOneTab(tab(area), fails, noPause));
  assert.equal(area.getItem('cloudworks.lease'), null);
});
