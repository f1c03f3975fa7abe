import { HOME } from './routes.ts';

const KEY = 'storefront.sign-in';

/** A sign-in that this tab has begun and that is not answered yet. */
export interface BegunSignIn {
  /** The words for it in GA4's events. */
  event: 'login' | 'sign_up';
  /** Tells our own answer from one that somebody else made up. */
  state: string;
  /** Without it the code in the answer is of no use to anybody. */
  verifier: string;
  /** Where the visitor was. */
  returnTo: string;
}

/** What the sign-in page sent back; `begun` is null if this tab has asked for no such thing. */
export interface SignInAnswer {
  parameters: URLSearchParams;
  begun: BegunSignIn | null;
}

/** Remembers a sign-in across the way to the sign-in page and back; throws where storage is refused. */
export function rememberBegun(begun: BegunSignIn): void {
  sessionStorage.setItem(KEY, JSON.stringify(begun));
}

/** Where the sign-in page may send people back to: the shop's first page, as provisioning told it. */
export function returnAddress(): string {
  return `${location.origin}${HOME}`;
}

/**
 * Takes the sign-in page's answer out of the address, before anything reads or records it, and puts there where
 * the visitor was. An answer is good once.
 */
export function takeSignInAnswer(): SignInAnswer | undefined {
  const parameters = new URLSearchParams(location.search);
  if (location.pathname !== HOME || !isAnswer(parameters)) return undefined;
  const found = takeBegun();
  const begun = found?.state === parameters.get('state') ? found : null;
  history.replaceState(history.state, '', begun?.returnTo ?? HOME);
  return { parameters, begun };
}

/** Says whether parameters are an answer as OAuth has them, good or bad. */
export function isAnswer(parameters: URLSearchParams): boolean {
  return parameters.has('state') && (parameters.has('code') || parameters.has('error'));
}

function takeBegun(): BegunSignIn | null {
  try {
    const text = sessionStorage.getItem(KEY);
    sessionStorage.removeItem(KEY);
    return parsedBegun(text);
  } catch {
    return null;
  }
}

/** Returns the sign-in that a text holds; null where it would lead away from the shop. */
export function parsedBegun(text: string | null): BegunSignIn | null {
  try {
    const found = JSON.parse(text ?? 'null');
    const isOurs = typeof found?.state === 'string' && /^\/(?!\/)/.test(found.returnTo);
    return isOurs ? found : null;
  } catch {
    return null;
  }
}
