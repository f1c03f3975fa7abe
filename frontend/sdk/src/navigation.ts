import { listen } from './listen.ts';
import { safely } from './safely.ts';

/** Calls `onMove` whenever the address may have become another page's without a load, `onReplace` when the
 * page replaced its own. */
export function watchNavigation(onMove: () => void, onReplace: () => void): void {
  follow('pushState', onMove);
  follow('replaceState', onReplace);
  for (const type of ['popstate', 'hashchange']) listen(window, type, onMove);
}

/** Puts `after` behind a function of the page's history, which works and fails as before. */
const follow = safely((name: 'pushState' | 'replaceState', after: () => void): void => {
  const original = history[name];
  const followed = safely(after);
  history[name] = function (this: History, ...given) {
    original.apply(this, given);
    followed();
  };
});
