import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commerce, withValue } from '../src/commerce.ts';
import { clipped, toJson } from '../src/json.ts';
import { eventsUrl } from '../src/options.ts';
import { safely } from '../src/safely.ts';

test('value is the sum of price and quantity, where there is a currency and no value', () => {
  const items = [
    { item_id: 'a', price: 0.1, quantity: 3 },
    { item_id: 'b', price: 2 },
  ];
  assert.equal(withValue({ currency: 'EUR', items }).value, 2.3);
  assert.equal(withValue({ currency: 'EUR', value: 1, items }).value, 1);
  assert.equal(withValue({ items }).value, undefined);
});

test('helpers record the event of their name with what they are given', () => {
  const recorded: unknown[] = [];
  const helpers = commerce((name, params) => recorded.push([name, params]));
  helpers.purchase({ transaction_id: 'T1', items: [{ item_name: 'Hat' }] });
  // @ts-expect-error a purchase without transaction_id counts for nothing, so the types refuse it
  helpers.purchase({ items: [] });
  // @ts-expect-error an item is named by its id or its name
  helpers.viewItem({ items: [{ price: 1 }] });
  // @ts-expect-error a value without its currency is no amount of money
  helpers.addToCart({ value: 3, items: [] });
  assert.deepEqual(recorded[0], ['purchase', { transaction_id: 'T1', items: [{ item_name: 'Hat' }] }]);
  assert.equal(recorded.length, 4);
});

test('what no database stores is replaced, everything else is kept', () => {
  assert.equal(
    toJson({ a: 'x\0y', b: '\ud800', c: '😀 \\u0000' }),
    '{"a":"x\ufffdy","b":"\ufffd","c":"😀 \\\\u0000"}',
  );
  assert.throws(() => toJson({ a: 1n }));
});

test('a text is cut at its limit, and no text is nothing', () => {
  assert.equal(clipped('abc', 2), 'ab');
  assert.equal(clipped('', 2), undefined);
  assert.equal(clipped(null, 2), undefined);
});

test('an endpoint that is none is told in words, with what was given', () => {
  assert.throws(() => eventsUrl('shop'), /endpoint must be like .* not "shop"/);
  assert.equal(eventsUrl('https://a.example//'), 'https://a.example/v1/events');
});

test('what is made safe never throws and tells its error', () => {
  const told: unknown[] = [];
  const risky = safely(
    (text: string) => JSON.parse(text),
    error => told.push(error),
  );
  assert.equal(risky('{'), undefined);
  assert.equal(risky('1'), 1);
  assert.equal(told.length, 1);
});
