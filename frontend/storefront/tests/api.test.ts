import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { ApiError, openApi } from '../src/api.ts';
import { configOf } from '../src/config.ts';
import { BOWL } from './bowl.ts';

const original = globalThis.fetch;
const api = openApi('https://api.example');
let asked: string[] = [];

function answering(answer: (url: URL) => Response): void {
  asked = [];
  globalThis.fetch = async given => {
    asked.push(String(given));
    return answer(new URL(String(given)));
  };
}

afterEach(() => {
  globalThis.fetch = original;
});

const isMissing = (expected: boolean) => (error: unknown) =>
  error instanceof ApiError && error.isMissing === expected;

test('a question names what is wanted and nothing else', async () => {
  answering(() => Response.json({ products: [BOWL], next_cursor: 'c 1' }));
  assert.deepEqual(await api.products({}), { products: [BOWL], next_cursor: 'c 1' });
  await api.products({ category: 'Home & Garden' }, 'c 1');
  await api.products({ q: 'red+shoes' }, null);
  assert.deepEqual(asked, [
    'https://api.example/v1/products',
    'https://api.example/v1/products?category=Home+%26+Garden&cursor=c+1',
    'https://api.example/v1/products?q=red%2Bshoes',
  ]);
});

test('what there is not is missing, what fails is not', async () => {
  for (const [status, expected] of [
    [404, true],
    [400, true],
    [403, false],
    [429, false],
    [503, false],
  ] as const) {
    answering(() => Response.json({}, { status }));
    await assert.rejects(api.product('x'), isMissing(expected));
  }
  answering(() => {
    throw new TypeError('no network');
  });
  await assert.rejects(api.products({}), isMissing(false));
});

test('an answer that is none of the contract is no answer', async () => {
  const strange = [
    'null',
    '{}',
    '<html>',
    JSON.stringify({ ...BOWL, price: 22 }),
    JSON.stringify({ ...BOWL, currency: 'euro' }),
  ];
  for (const body of strange) {
    answering(() => new Response(body));
    await assert.rejects(api.product('x'), isMissing(false), body);
    await assert.rejects(api.products({}), isMissing(false), body);
  }
});

test('categories are in the order of the alphabet, as people know it', async () => {
  const names = ['Zubehör', 'bath', 'Öfen', 'Kitchen'];
  answering(() =>
    Response.json({ categories: names.map(item_category => ({ item_category, products_count: 1 })) }),
  );
  assert.deepEqual(await api.categories(), ['bath', 'Kitchen', 'Öfen', 'Zubehör']);
  assert.deepEqual(asked, ['https://api.example/v1/categories']);
  for (const strange of [
    null,
    {},
    { categories: 'Bath' },
    { categories: [null] },
    { categories: ['Bath'] },
  ]) {
    answering(() => Response.json(strange));
    await assert.rejects(api.categories(), isMissing(false), JSON.stringify(strange));
  }
});

test('a configuration without a usable address is refused in words', () => {
  const apiUrl = 'https://api.example';
  assert.deepEqual(configOf({ api_url: apiUrl, other: 1 }), { apiUrl, signIn: null });
  for (const found of [null, {}, { api_url: 7 }, { api_url: 'api.example' }, { api_url: 'https://a/b' }]) {
    assert.throws(() => configOf(found), /api_url like https:/);
  }
});

test('people sign in where the configuration says so whole, and nowhere else', () => {
  const whole = {
    api_url: 'https://api.example',
    sign_in_url: 'https://x.auth.example',
    region: 'eu-central-1',
    user_pool_id: 'eu-central-1_A',
    user_pool_client_id: 'c',
  };
  assert.deepEqual(configOf(whole).signIn, {
    url: 'https://x.auth.example',
    issuer: 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_A',
    clientId: 'c',
  });
  for (const name of ['sign_in_url', 'region', 'user_pool_id', 'user_pool_client_id']) {
    assert.equal(configOf({ ...whole, [name]: '' }).signIn, null, name);
  }
  assert.equal(configOf({ ...whole, sign_in_url: 'javascript:alert(1)' }).signIn, null);
});
