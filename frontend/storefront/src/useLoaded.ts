import { useEffect, useState } from 'preact/hooks';
import { ApiError } from './api.ts';

const FRESH_MS = 120_000;
// told of each answer: what failed before is worth another try then
const answers = new EventTarget();
const remembered = new Map<string, { value: unknown; at: number }>();

/** What was asked for: on its way, there, or not to be had; `retry` asks again. */
export type Loaded<T> =
  | { state: 'loading' }
  | { state: 'ready'; value: T }
  | { state: 'failed'; isMissing: boolean; retry: () => void };

/**
 * Loads once for a key, and remembers for two minutes, so that going back shows at once what was there. What
 * failed is asked for again when the network is back, or when the API has answered something else.
 */
export function useLoaded<T>(key: string, load: () => Promise<T>): Loaded<T> {
  const [loaded, setLoaded] = useState<Loaded<T>>(() => known(key));
  const [tries, setTries] = useState(0);
  useEffect(() => {
    if (loaded.state === 'ready') return undefined;
    let isWanted = true;
    const set = (answer: Loaded<T>) => isWanted && setLoaded(answer);
    const retry = () => {
      setLoaded({ state: 'loading' });
      setTries(count => count + 1);
    };
    load().then(
      value => {
        remember(key, value);
        set({ state: 'ready', value });
        answers.dispatchEvent(new Event('answer'));
      },
      error => set({ state: 'failed', isMissing: error instanceof ApiError && error.isMissing, retry }),
    );
    return () => {
      isWanted = false;
    };
  }, [tries]);
  useEffect(() => {
    if (loaded.state !== 'failed' || loaded.isMissing) return undefined;
    const { retry } = loaded;
    answers.addEventListener('answer', retry);
    addEventListener('online', retry);
    return () => {
      answers.removeEventListener('answer', retry);
      removeEventListener('online', retry);
    };
  }, [loaded]);
  return loaded;
}

/** Remembers for the next `useLoaded` of this key, such as a list that has grown. */
export function remember(key: string, value: unknown): void {
  remembered.set(key, { value, at: Date.now() });
}

/** Forgets, so that the next `useLoaded` of this key asks. */
export function forget(key: string): void {
  remembered.delete(key);
}

function known<T>(key: string): Loaded<T> {
  const found = remembered.get(key);
  if (!found || Date.now() - found.at > FRESH_MS) return { state: 'loading' };
  return { state: 'ready', value: found.value as T };
}
