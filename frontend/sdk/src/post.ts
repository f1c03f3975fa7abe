const MOST_MS = 20_000;

/** What the API said: its status (0: nothing), when to come back, and how many events it rejected. */
export interface Answer {
  status: number;
  retryAfter: string | null;
  rejectedCount: number;
}

/**
 * Sends a body and resolves to the answer; never rejects.
 *
 * Without a token it is a "simple request" (text/plain, no header of ours), so browsers ask no preflight.
 * `keepalive` lets it outlive the page. The body must stay under the 64 KiB that browsers allow for that.
 */
export async function post(url: string, body: string, token?: string): Promise<Answer> {
  try {
    const answer = await fetch(url, {
      method: 'POST',
      keepalive: true,
      credentials: 'omit',
      body,
      headers: token ? { authorization: `Bearer ${token}` } : {},
      // older browsers wait as long as they like
      signal: AbortSignal.timeout?.(MOST_MS) ?? null,
    });
    // a portal that answers for everyone answers 200, too, but not in our words: then this throws
    const rejectedCount = answer.ok ? (await answer.json()).errors.length : 0;
    return { status: answer.status, retryAfter: answer.headers.get('retry-after'), rejectedCount };
  } catch {
    return { status: 0, retryAfter: null, rejectedCount: 0 };
  }
}

/** Hands a body to the browser, which sends it when the page is gone; false if it will not. */
export function beacon(url: string, body: string): boolean {
  return navigator.sendBeacon(url, body);
}
