import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pictureAddress } from '../src/products.ts';
import { categoryAddress, productAddress, routeOf, searchAddress } from '../src/routes.ts';

const routeOfAddress = (address: string) => {
  const url = new URL(address, 'https://shop.example');
  return routeOf(url.pathname, url.search);
};

test('an address leads to the page that it was made for', () => {
  for (const category of ['Kitchen', 'Home & Garden', 'Bücher/Alt', '100 %', '?#']) {
    assert.deepEqual(routeOfAddress(categoryAddress(category)), { page: 'category', category });
  }
  assert.deepEqual(routeOfAddress(productAddress('a.b_c-1')), { page: 'product', productId: 'a.b_c-1' });
  for (const term of ['red shoes', 'a&b=c', '50%', 'ü']) {
    assert.deepEqual(routeOfAddress(searchAddress(term)), { page: 'search', term });
  }
});

test('campaign parameters do not change the page', () => {
  assert.deepEqual(routeOfAddress('/?utm_source=mail'), { page: 'home' });
  assert.deepEqual(routeOfAddress('/cart?utm_source=mail'), { page: 'cart' });
  assert.deepEqual(routeOfAddress('/search'), { page: 'search', term: '' });
});

test('what is no address of the shop is said to be none', () => {
  for (const path of [
    '/products',
    '/products/',
    '/products/a/b',
    '/products/%',
    '/other',
    '/cart/x',
    '//x',
  ]) {
    assert.deepEqual(routeOf(path, ''), { page: 'missing' });
  }
});

test('a picture lies on the shop itself, whatever its key is', () => {
  assert.equal(pictureAddress('media/products/a.webp'), '/media/products/a.webp');
  assert.equal(pictureAddress('media/a b?#.webp'), '/media/a%20b%3F%23.webp');
});
