import { useState } from 'preact/hooks';
import { announce } from './announce.ts';
import { type Loaded, remember, useLoaded } from './useLoaded.ts';

/** Some entries of a long list, and how to ask for those after them. */
export interface Page<Entry> {
  entries: readonly Entry[];
  nextCursor: string | null;
}

/** A list that grows page by page. */
export interface Pages<Entry> {
  first: Loaded<Page<Entry>>;
  shown: readonly Entry[];
  /** Shows the next page; undefined when all are shown. */
  showMore: (() => void) | undefined;
  more: 'idle' | 'loading' | 'failed';
}

/** Loads a list; one that has grown is remembered whole. */
export function usePages<Entry>(
  key: string,
  load: (cursor: string | null) => Promise<Page<Entry>>,
): Pages<Entry> {
  const first = useLoaded(key, () => load(null));
  const [grown, setGrown] = useState<Page<Entry>>();
  const [more, setMore] = useState<Pages<Entry>['more']>('idle');
  const now = grown ?? (first.state === 'ready' ? first.value : undefined);
  const cursor = now?.nextCursor ?? null;
  const showMore = async () => {
    setMore('loading');
    try {
      const next = await load(cursor);
      const all = { entries: [...(now?.entries ?? []), ...next.entries], nextCursor: next.nextCursor };
      remember(key, all);
      setGrown(all);
      setMore('idle');
      announce(`${next.entries.length} more shown`);
    } catch {
      setMore('failed');
    }
  };
  const shown = now?.entries ?? [];
  return { first, shown, more, showMore: cursor && more !== 'loading' ? () => void showMore() : undefined };
}
