import { watchAttention } from './attention.ts';
import { watchClicks } from './clicks.ts';
import { openDelivery } from './delivery.ts';
import { device } from './device.ts';
import { openDrops } from './drops.ts';
import type { Params } from './events.ts';
import { subjectOf } from './identity.ts';
import { toJson } from './json.ts';
import { listen } from './listen.ts';
import { watchNavigation } from './navigation.ts';
import { eventsUrl, type Options } from './options.ts';
import { openPages, type Page, searchTerm } from './pages.ts';
import { hasPrivacySignal } from './privacy.ts';
import { openQueue } from './queue.ts';
import { safely } from './safely.ts';
import { openStore, sharedStorage } from './store.ts';
import { uuid } from './uuid.ts';
import { openVisitor } from './visitor.ts';

/** One page's client: what `init` makes, and what the public functions call. */
export interface Client {
  track(name: string, params?: Params): void;
  page(given?: Page): void;
  identify(token: string | null): void;
  consent(isGranted: boolean): void;
  flush(): Promise<void>;
}

export function openClient(options: Options, onProblem: (problem: string) => void): Client {
  const {
    endpoint,
    cookieless,
    requireConsent,
    obeyPrivacySignals = true,
    automatic: { pageViews = true, clicks = true, searches = true, scrolls = true, engagement = true } = {},
    landing,
    searchParameters = ['q', 's', 'search', 'query', 'keyword'],
    cleanUrl = url => url,
    flushIntervalMs = 1_000,
  } = options;
  const store = openStore();
  const drops = openDrops((reason, count) => onProblem(`${count} event(s) dropped: ${reason}`));
  const queue = openQueue(store, drops);
  let visitor = openVisitor(store);
  const pages = openPages(cleanUrl);
  const isRefusedByBrowser = obeyPrivacySignals && hasPrivacySignal(navigator);
  const deviceJson = toJson(device());
  let isRefused = isRefusedByBrowser;
  let sequence = 0;

  const delivery = openDelivery({
    url: eventsUrl(endpoint),
    intervalMs: flushIntervalMs,
    store,
    queue,
    drops,
    tail: () => `"anonymous_id":"${visitor.id()}","device":${deviceJson}}`,
    onSeal() {
      pages.refreshTitle();
      const dropped = drops.take();
      if (dropped) draft('exception', { description: 'events_dropped', fatal: false, dropped }, dropped);
    },
  });

  function draft(name: string, given: Params, dropped?: { [reason: string]: number }): void {
    const now = Date.now();
    const { items, ...params } = given;
    const event = {
      event_id: uuid(),
      event_name: name,
      event_time: now,
      event_sequence: sequence++,
      items,
      params: { ...params, session_id: visitor.sessionHint(now) },
    };
    delivery.add({ head: toJson(event).slice(0, -1), page: pages.current(), drops: dropped });
  }

  function track(name: string, params: Params = {}): void {
    if (isRefused) return;
    if (/^[A-Za-z][A-Za-z0-9_]{0,39}$/.test(name)) safely(draft, () => drops.add('not_json'))(name, params);
    else drops.add('invalid_name');
  }

  const attention = watchAttention(track, engagement, scrolls);

  function view(given?: Page): void {
    attention.stop();
    pages.refreshTitle();
    pages.enter(given);
    attention.restart();
    track('page_view');
    const term = searches && searchTerm(given?.url ?? location.href, searchParameters);
    if (term) track('search', { search_term: term.slice(0, 100) });
  }

  function viewIfNew(): void {
    if (pages.isNew()) view();
  }

  function viewIfReplaced(): void {
    if (!pages.isFollowing()) view();
  }

  function collect(isGranted: boolean): void {
    const area = sharedStorage();
    if (!isGranted) {
      store.persist(area); // to forget also what an earlier visit left
      store.wipe();
      store.persist(undefined);
    } else if (!cookieless) store.persist(area);
    visitor = openVisitor(store); // whose hint of before is not this one's
    delivery.open(isGranted);
  }

  function consent(isGranted: boolean): void {
    if (isRefusedByBrowser) return;
    const wasRefused = isRefused;
    isRefused = isGranted !== true;
    collect(!isRefused);
    if (wasRefused && !isRefused && pageViews) view();
  }

  function watch(): void {
    if (pageViews) watchNavigation(viewIfNew, viewIfReplaced);
    if (clicks) watchClicks(track, cleanUrl);
    // apart from each other: what goes wrong with attention must not keep events here
    listen(document, 'visibilitychange', () => document.hidden && attention.stop());
    listen(document, 'visibilitychange', () => document.hidden && delivery.flush());
    listen(window, 'pagehide', attention.stop);
    listen(window, 'pagehide', delivery.leave);
    listen<PageTransitionEvent>(window, 'pageshow', event => {
      if (event.persisted && pageViews) view();
    });
    listen(window, 'online', delivery.reconnect);
  }

  function start(): void {
    watch();
    if (isRefused || !requireConsent) collect(!isRefused);
    if (pageViews) {
      view(landing);
      viewIfNew();
    } else pages.enter();
  }

  // a page that is rendered before anybody asked for it is not viewed yet
  const before = document as Document & { prerendering?: boolean };
  if (before.prerendering) listen(document, 'prerenderingchange', start);
  else start();

  return {
    track,
    page(given) {
      if (!pageViews || pages.isNew(given)) view(given);
    },
    identify(token) {
      const subject = token ? subjectOf(token) : undefined;
      if (token && !subject) onProblem('identify was given what is no access token');
      delivery.own(subject, token ?? undefined);
    },
    consent,
    flush: delivery.flush,
  };
}
