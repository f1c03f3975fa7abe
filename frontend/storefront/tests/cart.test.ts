import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Cart,
  MOST_LINES,
  parsedCart,
  piecesCount,
  quantityOf,
  totals,
  withProducts,
  withQuantity,
} from '../src/cart.ts';
import { saleOf } from '../src/items.ts';
import { BOWL, SPOON } from './bowl.ts';

const filled = withQuantity(withQuantity([], BOWL, 2), SPOON, 1);

test('a product is one line however often it is put in, and gone at none', () => {
  assert.equal(filled.length, 2);
  assert.equal(piecesCount(filled), 3);
  assert.equal(quantityOf(withQuantity(filled, BOWL, 5), 'kitchen-003'), 5);
  assert.deepEqual(withQuantity(filled, BOWL, 0), [{ product: SPOON, quantity: 1 }]);
});

test('quantities are whole, at least none and at most 99', () => {
  for (const [given, kept] of [
    [2.9, 2],
    [-1, 0],
    [1e9, 99],
    [Number.NaN, 0],
    [Number.POSITIVE_INFINITY, 99],
  ] as const) {
    assert.equal(quantityOf(withQuantity([], BOWL, given), 'kitchen-003'), kept);
  }
});

test('a full cart takes more of what is in it, and nothing new', () => {
  let cart: Cart = [];
  for (let at = 0; at < MOST_LINES + 1; at++)
    cart = withQuantity(cart, { ...BOWL, product_id: `bowl-${at}` }, 1);
  assert.equal(cart.length, MOST_LINES);
  assert.equal(quantityOf(withQuantity(cart, { ...BOWL, product_id: 'bowl-0' }, 7), 'bowl-0'), 7);
});

test('sums are exact, and one for each currency', () => {
  const ten = withQuantity([], SPOON, 3);
  assert.deepEqual(totals(ten), [{ currency: 'EUR', hundredths: 90 }]);
  const both = withQuantity(ten, { ...BOWL, currency: 'CHF' }, 1);
  assert.deepEqual(totals(both), [
    { currency: 'EUR', hundredths: 90 },
    { currency: 'CHF', hundredths: 2210 },
  ]);
  assert.equal('currency' in saleOf(ten), true);
  assert.equal('currency' in saleOf(both), false);
});

test('a cart is what was kept of it, without what is not ours', () => {
  assert.deepEqual(parsedCart(JSON.stringify(filled)), filled);
  const strange = [...filled, { product: { ...BOWL, price: '1e9' }, quantity: 1 }, null, 7, { quantity: 1 }];
  assert.deepEqual(parsedCart(JSON.stringify(strange)), filled);
  for (const text of [null, '', '{', '7', 'null', '{"length":1}']) assert.deepEqual(parsedCart(text), []);
});

test('a cart takes over what the shop says of its products now', () => {
  const dearer = { ...BOWL, price: '30.00' };
  assert.deepEqual(withProducts(filled, [dearer]), [
    { product: dearer, quantity: 2 },
    { product: SPOON, quantity: 1 },
  ]);
});
