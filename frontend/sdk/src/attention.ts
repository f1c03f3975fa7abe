import { listen } from './listen.ts';

const LEAST_MS = 1_000;
const SCROLLED = 0.9;

type Record = (name: string, params: { [name: string]: unknown }) => void;

/** How long, and how far down, the visitor looks at the page. */
export interface Attention {
  /** The page was left or hidden: records the time that it was in view. */
  stop(): void;
  /** Another page begins. */
  restart(): void;
}

export function watchAttention(record: Record, isTimed: boolean, isScrolled: boolean): Attention {
  let since: number | undefined;
  let isDeep = false;
  const look = () => {
    if (!document.hidden) since ??= performance.now();
  };
  listen(document, 'visibilitychange', look);
  if (isScrolled) {
    listen(window, 'scroll', () => {
      const height = document.documentElement.scrollHeight;
      if (isDeep || scrollY + innerHeight < height * SCROLLED) return;
      isDeep = true;
      record('scroll', { percent_scrolled: SCROLLED * 100 });
    });
  }
  return {
    stop() {
      const time = Math.round(performance.now() - (since ?? Infinity));
      since = undefined;
      if (isTimed && time >= LEAST_MS) record('user_engagement', { engagement_time_msec: time });
    },
    restart() {
      since = undefined;
      isDeep = false;
      look();
    },
  };
}
