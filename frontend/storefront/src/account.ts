import { ApiError } from './api.ts';
import type { SignInPlace } from './config.ts';
import { record } from './recording.ts';
import { shopConfig } from './shopApi.ts';
import type { BegunSignIn, SignInAnswer } from './signInAnswer.ts';
import { changeTokens, currentTokens, heldTokens, shareTokens, type Tokens } from './tokens.ts';
import { watched } from './watched.ts';

const METHOD = 'Cognito';
// a token that ends sooner is renewed before it is used
const SHORTEST_MS = 60_000;
// and any token before that, so that events go on being the person's
const EARLY_MS = 5 * SHORTEST_MS;
// the tab that is the first to renew does so for all
const MOST_SPREAD_MS = SHORTEST_MS;

/** How it stands with signing in: on the way back from it, or what went wrong, in words for the visitor. */
interface Progress {
  isArriving: boolean;
  problem: string | null;
}

let progress: Progress = { isArriving: false, problem: null };
const watchedProgress = watched(() => progress);
let renewal: Promise<Tokens> | undefined;
let timer: ReturnType<typeof setTimeout> | undefined;

/** Nobody is signed in, or not any more. */
export class SignedOutError extends Error {}

/** Returns who signed in and how that stands, and renders again when it changes. */
export function useAccount(): Progress & { tokens: Tokens | null } {
  return { ...watchedProgress.use(), tokens: heldTokens.use() };
}

/** Follows who is signed in from here on: renews tokens in time, and tells the events whose they are. */
export function watchAccount(): void {
  let userId: string | undefined;
  shareTokens();
  heldTokens.watch(tokens => {
    clearTimeout(timer);
    if (tokens && tokens.expiresAt > Date.now()) record(sdk => sdk.identify(tokens.accessToken));
    else if (userId && !tokens) record(sdk => sdk.identify(null));
    userId = tokens?.userId;
    if (tokens) renewIn(tokens.expiresAt - Date.now() - EARLY_MS - Math.random() * MOST_SPREAD_MS);
  });
}

/** Goes to where people sign in, or make an account; they come back to the page that they are on. */
export async function goToSignIn(event: BegunSignIn['event']): Promise<void> {
  advance({ isArriving: false, problem: null });
  try {
    const [{ leaveForSignIn }, place] = await Promise.all([import('./signIn.ts'), signInPlace()]);
    await leaveForSignIn(place, event, location.pathname + location.search);
  } catch {
    fail('Signing in does not work at the moment. Wait a little, look at your network, and try again.');
  }
}

/** Takes in somebody who comes back from the sign-in page. */
export async function arrive(answer: SignInAnswer): Promise<void> {
  const { begun } = answer;
  if (!begun) {
    const why = 'You were not signed in: it was not this tab that asked for it. Try it from here.';
    return currentTokens() ? undefined : fail(why);
  }
  advance({ isArriving: true, problem: null });
  try {
    const [{ tokensFor }, place] = await Promise.all([import('./signIn.ts'), signInPlace()]);
    changeTokens(await tokensFor(place, answer));
    record(sdk => sdk.track(begun.event, { method: METHOD }));
    advance({ isArriving: false, problem: null });
  } catch {
    fail('You were not signed in. Your cart is safe; try it again.');
  }
}

/** Says no more of what went wrong: the visitor has gone on. */
export function forgetProblem(): void {
  if (progress.problem) advance({ ...progress, problem: null });
}

/** Forgets who signed in, here, in other tabs and at the sign-in page; leaves the shop and comes back to it. */
export async function signOut(): Promise<void> {
  const tokens = currentTokens();
  changeTokens(null);
  try {
    const [{ leaveForSignOut }, place] = await Promise.all([import('./signIn.ts'), signInPlace()]);
    await leaveForSignOut(place, tokens);
  } catch {
    fail(
      'You are signed out here. The sign-in page could not be told; close the browser on a shared device.',
    );
  }
}

/** Returns a token for the API; throws `SignedOutError` if nobody is signed in, `ApiError` without an answer. */
export async function accessToken(): Promise<string> {
  const tokens = currentTokens();
  if (!tokens) throw new SignedOutError();
  const isFresh = tokens.expiresAt - Date.now() > SHORTEST_MS;
  return isFresh ? tokens.accessToken : (await renewed()).accessToken;
}

/** Returns new tokens, also when many ask at once. Throws as `accessToken` does. */
export function renewed(): Promise<Tokens> {
  renewal ??= renew().finally(() => {
    renewal = undefined;
  });
  return renewal;
}

async function renew(): Promise<Tokens> {
  const before = currentTokens();
  if (!before) throw new SignedOutError();
  const { isRefusal, renewedTokens } = await import('./signIn.ts').catch(noAnswer);
  const place = await signInPlace();
  // whoever signed out meanwhile stays so, and whoever else signed in, too
  const isStillSame = () => currentTokens()?.refreshToken === before.refreshToken;
  try {
    const tokens = await renewedTokens(place, before);
    if (!isStillSame()) throw new SignedOutError();
    changeTokens(tokens);
    return tokens;
  } catch (error) {
    if (!isRefusal(error)) return noAnswer(error);
    if (isStillSame()) changeTokens(null);
    throw new SignedOutError();
  }
}

function renewIn(ms: number): void {
  timer = setTimeout(() => renewed().catch(() => currentTokens() && renewIn(SHORTEST_MS)), Math.max(ms, 0));
}

function noAnswer(error: unknown): never {
  if (error instanceof SignedOutError || error instanceof ApiError) throw error;
  throw new ApiError('the sign-in page gave no answer');
}

async function signInPlace(): Promise<SignInPlace> {
  const { signIn } = await shopConfig().catch(noAnswer);
  if (!signIn) throw new ApiError('/config.json must say where people sign in');
  return signIn;
}

function advance(next: Progress): void {
  progress = next;
  watchedProgress.tell();
}

function fail(problem: string): void {
  advance({ isArriving: false, problem });
}
