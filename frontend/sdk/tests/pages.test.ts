import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pageKey, searchTerm } from '../src/pages.ts';

const PARAMETERS = ['q', 'search'];

test('a place in a page is the same page, a route after the hash is another', () => {
  assert.equal(pageKey('https://shop.example/a?b=c#reviews'), 'https://shop.example/a?b=c');
  assert.equal(pageKey('https://shop.example/#/cart'), 'https://shop.example/#/cart');
  assert.equal(pageKey('https://shop.example/#!cart'), 'https://shop.example/#!cart');
});

test('the term is that of the first parameter that has one', () => {
  assert.equal(searchTerm('https://shop.example/?q=%20red+shoes%20#top', PARAMETERS), 'red shoes');
  assert.equal(searchTerm('https://shop.example/?q=+&search=hat', PARAMETERS), 'hat');
  assert.equal(searchTerm('https://shop.example/?page=2', PARAMETERS), undefined);
  assert.equal(searchTerm('https://shop.example/#?q=a', PARAMETERS), undefined);
});
