const FIRST_WAIT_MS = 1_000;
const MOST_WAIT_MS = 300_000;
export const MOST_OBEYED_MS = 3_600_000;

/** What an answer means for a batch: 0 is "no answer at all". */
export type Verdict = 'stored' | 'retry' | 'anonymous' | 'refused';

/**
 * 4xx is final, for sending the same again cannot help; but for 429 and 408, which speak of the moment and
 * not of the batch, and for a token that is no longer good, without which the events are still events.
 */
export function verdict(status: number, isOwned: boolean): Verdict {
  if (status >= 200 && status < 300) return 'stored';
  if (isOwned && (status === 401 || status === 403)) return 'anonymous';
  return status < 400 || status >= 500 || status === 429 || status === 408 ? 'retry' : 'refused';
}

/** Returns how long to wait before the next try: longer every time, and never at the same time as others. */
export function waitMs(
  failuresCount: number,
  retryAfter: string | null,
  now: number,
  random: number,
): number {
  const own = Math.min(FIRST_WAIT_MS * 2 ** (failuresCount - 1), MOST_WAIT_MS) * (0.5 + random / 2);
  const asked = retryAfterMs(retryAfter, now);
  return Math.max(own, asked + (asked && random * FIRST_WAIT_MS));
}

/** `Retry-After` is seconds or a date (RFC 9110, section 10.2.3); nonsense is nothing. */
export function retryAfterMs(header: string | null, now: number): number {
  const wait = /^\d+$/.test(header ?? '') ? Number(header) * 1_000 : Date.parse(header ?? '') - now;
  return Math.min(Math.max(wait || 0, 0), MOST_OBEYED_MS);
}
