import { Problem } from './Problem.tsx';
import type { Pages } from './usePages.ts';

/** What stands below a list that is longer than what is shown of it. */
export function MorePages({ pages, what }: { pages: Pages<unknown>; what: string }) {
  const { more, showMore } = pages;
  return (
    <>
      {more === 'loading' && <p class="none">Loading more…</p>}
      {more === 'failed' && showMore && <Problem what={`more ${what}`} retry={showMore} />}
      {more === 'idle' && showMore && (
        <button type="button" class="more" onClick={showMore}>
          Show more
        </button>
      )}
    </>
  );
}
