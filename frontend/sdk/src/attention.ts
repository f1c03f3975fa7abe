import { safely } from './safely.ts';

const LEAST_MS = 1_000;
const SCROLLED = 0.9;

type Record = (name: string, params: { [name: string]: unknown }) => void;

/** How long, and how far down, the visitor looks at the page. */
export interface Attention {
  /** The page was left or hidden: records the time that it was in view. */
  end(): void;
  /** Another page begins. */
  begin(): void;
}

export function watchAttention(record: Record, isTimed: boolean, isScrolled: boolean): Attention {
  let since: number | undefined;
  let isDeep = false;
  const attention: Attention = {
    end() {
      const time = since === undefined ? 0 : Math.round(performance.now() - since);
      since = undefined;
      if (isTimed && time >= LEAST_MS) record('user_engagement', { engagement_time_msec: time });
    },
    begin() {
      since = document.visibilityState === 'visible' ? performance.now() : undefined;
      isDeep = false;
    },
  };
  const onScroll = () => {
    const height = document.documentElement.scrollHeight;
    if (isDeep || scrollY + innerHeight < height * SCROLLED) return;
    isDeep = true;
    record('scroll', { percent_scrolled: SCROLLED * 100 });
  };
  const onVisible = () => {
    if (document.visibilityState === 'visible') since ??= performance.now();
  };
  if (isScrolled) addEventListener('scroll', safely(onScroll), { passive: true });
  document.addEventListener('visibilitychange', safely(onVisible));
  return attention;
}
