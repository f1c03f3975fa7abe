import { type Cart, parsedCart } from './cart.ts';

const KEY = 'storefront.order';
// where the browser refuses storage it lives as long as the page
let kept: string | null = null;

/** An order that is not known to be placed, nor not to be: its key finds it, however often it is sent. */
export interface Attempt {
  key: string;
  lines: Cart;
  /** Whose order it is, once it was sent. */
  userId: string | null;
  /** It was sent, and nobody knows what came of it. */
  isSent: boolean;
}

export function currentAttempt(): Attempt | null {
  try {
    return parsedAttempt(localStorage.getItem(KEY) ?? kept);
  } catch {
    return parsedAttempt(kept);
  }
}

export function keepAttempt(attempt: Attempt | null): void {
  kept = attempt && JSON.stringify(attempt);
  try {
    if (kept) localStorage.setItem(KEY, kept);
    else localStorage.removeItem(KEY);
  } catch {
    // full or refused: see `kept`
  }
}

/**
 * Returns the attempt to order these lines: the one that there is if it is for the same, and also, whatever the
 * cart has become, one that was sent for this person and not answered. Else it is a new one with a new key.
 */
export function attemptFor(before: Attempt | null, lines: Cart, userId: string | null): Attempt {
  if (before?.isSent && (userId === null || before.userId === userId)) return before;
  if (before && !before.isSent && isFor(before, lines)) return { ...before, lines };
  return { key: newKey(), lines, userId: null, isSent: false };
}

/** Returns the person's order that was sent and not answered. */
export function openAttempt(userId: string | null): Attempt | null {
  const attempt = currentAttempt();
  return attempt?.isSent && attempt.userId === userId ? attempt : null;
}

/** Returns the attempt that a text holds, or null. */
export function parsedAttempt(text: string | null): Attempt | null {
  try {
    const found = JSON.parse(text ?? 'null');
    const lines = parsedCart(JSON.stringify(found.lines));
    const isWhole = /^[!-~]{1,64}$/.test(found.key) && lines.length > 0;
    const userId = typeof found.userId === 'string' ? found.userId : null;
    return isWhole ? { key: found.key, lines, userId, isSent: found.isSent === true } : null;
  } catch {
    return null;
  }
}

/** Says whether an attempt is to order the same products, and as many of each. */
export function isFor(attempt: Attempt, lines: Cart): boolean {
  return wantedOf(attempt.lines) === wantedOf(lines);
}

const wantedOf = (lines: Cart) =>
  lines
    .map(line => `${line.product.product_id} ${line.quantity}`)
    .sort()
    .join();

function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('');
}
