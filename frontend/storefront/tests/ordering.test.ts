import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SignedOutError } from '../src/account.ts';
import { ApiError } from '../src/api.ts';
import { attemptFor, parsedAttempt } from '../src/attempt.ts';
import { withQuantity } from '../src/cart.ts';
import { isOrder, type Order } from '../src/orders.ts';
import { whyRefused } from '../src/placing.ts';
import { purchaseOf, without } from '../src/purchase.ts';
import { BOWL, SPOON } from './bowl.ts';

const two = withQuantity(withQuantity([], BOWL, 2), SPOON, 1);
const other = withQuantity(two, SPOON, 5);
const ORDER: Order = {
  order_id: '9C1E07B2D4A8',
  status: 'placed',
  placed_at: '2026-11-23T12:00:00.123Z',
  currency: 'EUR',
  value: '44.50',
  shipping: '4.90',
  tax: '0.00',
  total: '49.40',
  refunded_value: '0.00',
  items: [
    { product_id: BOWL.product_id, item_name: 'Stoneware Bowl', price: '22.10', quantity: 2 },
    { product_id: 'unknown', item_name: 'Something', price: '0.30', quantity: 1 },
  ],
};

test('the same wish has the same key, in whatever order it is written, and another wish another one', () => {
  const first = attemptFor(null, two, null);
  assert.match(first.key, /^[0-9a-f]{32}$/);
  assert.equal(attemptFor(first, [...two].reverse(), 'u').key, first.key);
  assert.notEqual(attemptFor(first, other, 'u').key, first.key);
  assert.notEqual(attemptFor(null, two, null).key, first.key);
});

test('an order that was sent and not answered is kept, whatever the cart becomes', () => {
  const sent = { ...attemptFor(null, two, 'u'), userId: 'u', isSent: true };
  assert.deepEqual(attemptFor(sent, other, 'u'), sent);
  assert.deepEqual(attemptFor(sent, other, null), sent, 'while nobody is signed in');
  assert.notEqual(attemptFor(sent, two, 'somebody else').key, sent.key);
});

test('an attempt survives as text, and nonsense is none', () => {
  const sent = { ...attemptFor(null, two, 'u'), userId: 'u', isSent: true };
  assert.deepEqual(parsedAttempt(JSON.stringify(sent)), sent);
  for (const text of [null, '', '{', '7', '{}', JSON.stringify({ ...sent, key: 'a b' })]) {
    assert.equal(parsedAttempt(text), null, String(text));
  }
  assert.equal(parsedAttempt(JSON.stringify({ ...sent, lines: [] })), null);
});

test('what the shop refuses has a reason; where nobody knows what came of it there is none', () => {
  assert.match(String(whyRefused(new ApiError('', 422, 'not-on-sale'))), /sold out/);
  assert.match(String(whyRefused(new ApiError('', 409))), /does not take this order/);
  assert.match(String(whyRefused(new ApiError('', 422, 'constructor'))), /does not take this order/);
  assert.match(String(whyRefused(new ApiError('', 429))), /Wait a minute/);
  assert.match(String(whyRefused(new SignedOutError())), /Sign in again/);
  for (const error of [new ApiError('', 503), new ApiError('', 500), new ApiError(''), new Error()]) {
    assert.equal(whyRefused(error), undefined);
  }
});

test('what was bought leaves the cart, and what was added meanwhile stays', () => {
  assert.deepEqual(without(two, two), []);
  assert.deepEqual(without(other, two), [{ product: SPOON, quantity: 4 }]);
  assert.deepEqual(without([], two), []);
});

test('a purchase has the number and amounts of the books, and what the shop knows of its products', () => {
  const { items, ...params } = purchaseOf(ORDER, two);
  assert.deepEqual(params, {
    transaction_id: '9C1E07B2D4A8',
    currency: 'EUR',
    value: 44.5,
    shipping: 4.9,
    tax: 0,
  });
  assert.deepEqual(items, [
    {
      item_id: BOWL.product_id,
      item_name: 'Stoneware Bowl',
      item_brand: 'Lehmgold',
      item_category: 'Kitchen',
      price: 22.1,
      quantity: 2,
    },
    { item_id: 'unknown', item_name: 'Something', price: 0.3, quantity: 1 },
  ]);
});

test('an answer that is none of the contract is no order', () => {
  assert.equal(isOrder(ORDER), true);
  const broken = [
    { order_id: 7 },
    { placed_at: 'yesterday' },
    { total: 49.4 },
    { currency: 'euro' },
    { items: [{ ...ORDER.items[0], quantity: '2' }] },
  ];
  for (const wrong of [null, {}, ...broken.map(part => ({ ...ORDER, ...part }))]) {
    assert.equal(isOrder(wrong), false, JSON.stringify(wrong));
  }
});
