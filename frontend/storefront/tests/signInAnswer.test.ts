import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isAnswer, parsedBegun } from '../src/signInAnswer.ts';
import { parsedTokens } from '../src/tokens.ts';

const BEGUN = { event: 'login', state: 's', verifier: 'v', returnTo: '/search?q=linen' };
const TOKENS = { userId: 'u', email: null, accessToken: 'a', refreshToken: 'r', expiresAt: 7 };

test('an answer has a state, and a code or an error; campaigns and searches are none', () => {
  for (const query of ['code=c&state=s', 'error=e&state=s', 'state=&code=']) {
    assert.equal(isAnswer(new URLSearchParams(query)), true, query);
  }
  for (const query of ['', 'code=SUMMER', 'state=s', 'utm_source=mail&error=x']) {
    assert.equal(isAnswer(new URLSearchParams(query)), false, query);
  }
});

test('a sign-in leads back to a page of the shop, and to nothing else', () => {
  assert.deepEqual(parsedBegun(JSON.stringify(BEGUN)), BEGUN);
  for (const returnTo of [
    '//evil.example',
    'https://evil.example',
    'javascript:alert(1)',
    '',
    7,
    undefined,
  ]) {
    assert.equal(parsedBegun(JSON.stringify({ ...BEGUN, returnTo })), null, String(returnTo));
  }
  for (const text of [null, '', '{', 'null', '7', '[]']) assert.equal(parsedBegun(text), null);
});

test('tokens are whole or none', () => {
  assert.deepEqual(parsedTokens(JSON.stringify(TOKENS)), TOKENS);
  for (const name of ['userId', 'accessToken', 'refreshToken', 'expiresAt']) {
    assert.equal(parsedTokens(JSON.stringify({ ...TOKENS, [name]: undefined })), null, name);
  }
  for (const text of [null, '', '{', '7', '[]', '"a"']) assert.equal(parsedTokens(text), null);
});
