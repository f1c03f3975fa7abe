import { watched } from './watched.ts';

const KEY = 'storefront.tokens';

/** Who signed in, and what proves it. */
export interface Tokens {
  /** The account's id, `sub`. */
  userId: string;
  email: string | null;
  accessToken: string;
  refreshToken: string;
  /** When the access token ends, by this device's clock. */
  expiresAt: number;
}

/** What tabs of the shop tell each other: who asks, and what there is; null when somebody signed out. */
type Message = { ask: true } | { tokens: Tokens | null };

/** The tokens that this tab holds; null when nobody signed in. */
export const heldTokens = watched(currentTokens);
let channel: BroadcastChannel | undefined;

/** Returns the tokens as they are now. */
export function currentTokens(): Tokens | null {
  try {
    return parsedTokens(sessionStorage.getItem(KEY));
  } catch {
    return null; // where storage is refused nobody can sign in
  }
}

/** Keeps tokens, or forgets them, in every tab. */
export function changeTokens(tokens: Tokens | null): void {
  put(tokens);
  channel?.postMessage({ tokens } satisfies Message);
}

/** Shares tokens with the shop's other tabs: a new one asks, and what one of them learns all know. */
export function shareTokens(): void {
  addEventListener('pageshow', event => {
    if (event.persisted) heldTokens.tell();
  });
  if (!('BroadcastChannel' in globalThis)) return;
  channel = new BroadcastChannel(KEY);
  channel.onmessage = ({ data }: MessageEvent<Message>) => {
    const tokens = currentTokens();
    if ('tokens' in data) put(data.tokens);
    else if (tokens) channel?.postMessage({ tokens } satisfies Message);
  };
  if (!currentTokens()) channel.postMessage({ ask: true } satisfies Message);
}

/** Returns the tokens that a text holds, or null. */
export function parsedTokens(text: string | null): Tokens | null {
  try {
    const found = JSON.parse(text ?? 'null');
    const texts = [found.userId, found.accessToken, found.refreshToken];
    const isWhole = texts.every(one => typeof one === 'string' && one) && Number.isFinite(found.expiresAt);
    return isWhole ? found : null;
  } catch {
    return null;
  }
}

function put(tokens: Tokens | null): void {
  try {
    if (tokens) sessionStorage.setItem(KEY, JSON.stringify(tokens));
    else sessionStorage.removeItem(KEY);
  } catch {
    // as above
  }
  heldTokens.tell();
}
