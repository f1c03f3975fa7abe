import { clipped } from './json.ts';

const MOST_CHARACTERS = 2_048;

/** The page of an event, in the words of the contract. */
export interface Page {
  url?: string | undefined;
  title?: string | undefined;
  referrer?: string | undefined;
}

/** Which page the visitor is on; a single-page shop changes it without a load. */
export interface Pages {
  current(): Page;
  /** Says whether `given`, or the address as it is, is another page than the current one. */
  isNew(given?: Page): boolean;
  enter(given?: Page): void;
  /** Says whether the replaced address still is the current page: a query is a filter, a path is a page. */
  isFollowing(): boolean;
  /** Takes over the current title: single-page shops set it after they changed the address. */
  refreshTitle(): void;
}

/** `cleanUrl` takes out of an address what must not be kept. */
export function openPages(cleanUrl: (url: string) => string): Pages {
  const clean = (url: string | undefined) => clipped(url && cleanUrl(url), MOST_CHARACTERS);
  let page: Page = {};
  let key: string | undefined;
  let url: string | undefined;
  let isTitleGiven = false;
  return {
    current: () => page,
    isNew: given => pageKey(given?.url ?? location.href) !== key,
    enter(given) {
      const referrer = given?.referrer ?? url ?? document.referrer;
      url = given?.url ?? location.href;
      key = pageKey(url);
      isTitleGiven = given?.title !== undefined;
      page = { url: clean(url), title: clipped(given?.title, MOST_CHARACTERS), referrer: clean(referrer) };
    },
    isFollowing() {
      const next = pageKey(location.href);
      if (next.split('?')[0] !== key?.split('?')[0]) return false;
      [key, url] = [next, location.href];
      return true;
    },
    refreshTitle() {
      if (!isTitleGiven) page.title = clipped(document.title, MOST_CHARACTERS);
    },
  };
}

/** Returns what makes two addresses the same page: a fragment is a place in it, unless it is a route. */
export function pageKey(url: string): string {
  const [address = '', fragment = ''] = url.split('#');
  return /^[!/]/.test(fragment) ? url : address;
}

/** Returns what was searched for, by the first of the parameters that the address has. */
export function searchTerm(url: string, parameters: string[]): string | undefined {
  const query = new URLSearchParams(url.split('#')[0]?.split('?')[1]);
  return parameters.map(parameter => query.get(parameter)?.trim()).find(term => term);
}
