import { useEffect, useState } from 'preact/hooks';

/** One visit of an address: coming back to it is another one. */
export interface Visit {
  path: string;
  query: string;
  count: number;
  /** How far down it was when it was left. */
  scrollY: number;
}

const left = new Map<number, number>();
let place = 0;
let visit: Visit = { path: '', query: '', count: 0, scrollY: 0 };
let onVisit: (visit: Visit) => void = () => undefined;

/** Goes to an address of the shop without loading a page. */
export function go(address: string): void {
  left.set(place, scrollY);
  const isSame = address === location.pathname + location.search;
  if (isSame) history.replaceState({ place }, '', address);
  else history.pushState({ place: ++place }, '', address);
  enter(0);
}

/** Returns where the visitor is, and renders again when that changes. */
export function useVisit(): Visit {
  const [current, setCurrent] = useState(visit);
  useEffect(() => {
    onVisit = setCurrent;
  }, []);
  return current;
}

/** Follows the browser's buttons, and links within the shop. */
export function watchNavigation(): void {
  history.scrollRestoration = 'manual'; // the browser would scroll before there is something to scroll
  place = Number(history.state?.place) || 0;
  addEventListener('popstate', onPop);
  document.addEventListener('click', onClick);
  enter(0);
}

function onPop(event: PopStateEvent): void {
  if (location.pathname === visit.path && location.search === visit.query) return; // a place in the page
  left.set(place, scrollY);
  place = Number(event.state?.place) || 0;
  // whoever else hears of this, such as the event SDK, must find the title of the page that is left
  setTimeout(() => enter(left.get(place) ?? 0));
}

function onClick(event: MouseEvent): void {
  const link = event.target instanceof Element ? event.target.closest('a') : null;
  const isOurs = link?.origin === location.origin && !link.target && !link.hasAttribute('download');
  const isPlain = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
  if (!isOurs || !isPlain || event.defaultPrevented || link.hash) return;
  event.preventDefault();
  go(link.pathname + link.search);
}

function enter(scrolledY: number): void {
  const { pathname: path, search: query } = location;
  visit = { path, query, count: visit.count + 1, scrollY: scrolledY };
  onVisit(visit);
}
