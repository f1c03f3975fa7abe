import { safely } from './safely.ts';

/** Calls `onMove` whenever the address may have become another page's without a load, `onReplace` when the
 * page replaced its own. */
export function watchNavigation(onMove: () => void, onReplace: () => void): void {
  const moved = safely(onMove);
  wrap('pushState', moved);
  wrap('replaceState', safely(onReplace));
  addEventListener('popstate', moved);
  addEventListener('hashchange', moved);
}

/** Puts `after` behind a function of the page's history, which works and fails as before. */
const wrap = safely((name: 'pushState' | 'replaceState', after: () => void): void => {
  const original = history[name];
  history[name] = function (this: History, ...given) {
    original.apply(this, given);
    after();
  };
});
