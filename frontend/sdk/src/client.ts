import { watchAttention } from './attention.ts';
import { watchClicks } from './clicks.ts';
import { openDelivery } from './delivery.ts';
import { device } from './device.ts';
import { openDrops } from './drops.ts';
import type { Params } from './events.ts';
import { subjectOf } from './identity.ts';
import { toJson } from './json.ts';
import { watchNavigation } from './navigation.ts';
import { type Options, settingsOf } from './options.ts';
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

export function openClient(options: Options): Client {
  const settings = settingsOf(options);
  const { automatic, cleanUrl, onProblem } = settings;
  const store = openStore();
  const drops = openDrops((reason, count) => onProblem(`cloudworks: ${count} event(s) dropped: ${reason}`));
  const queue = openQueue(store, drops);
  const visitor = openVisitor(store);
  const pages = openPages(cleanUrl);
  const isRefusedByBrowser = settings.obeyPrivacySignals && hasPrivacySignal(navigator);
  const deviceJson = toJson(device());
  let isRefused = isRefusedByBrowser;
  let sequence = 0;

  const delivery = openDelivery({
    url: `${settings.endpoint}/v1/events`,
    intervalMs: settings.flushIntervalMs,
    store,
    queue,
    drops,
    tail: () => `"anonymous_id":${toJson([visitor.id()]).slice(1, -1)},"device":${deviceJson}}`,
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

  const attention = watchAttention(track, automatic.engagement, automatic.scrolls);

  function view(given?: Page): void {
    attention.end();
    pages.refreshTitle();
    pages.enter(given);
    attention.begin();
    track('page_view');
    const term = automatic.searches && searchTerm(given?.url ?? location.href, settings.searchParameters);
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
      store.clear();
      store.persist(undefined);
    } else if (!settings.cookieless) store.persist(area);
    delivery.set(isGranted);
  }

  function consent(isGranted: boolean): void {
    if (isRefusedByBrowser) return;
    const wasRefused = isRefused;
    isRefused = isGranted !== true;
    collect(!isRefused);
    if (wasRefused && !isRefused && automatic.pageViews) view();
  }

  function watch(): void {
    if (automatic.pageViews) watchNavigation(viewIfNew, viewIfReplaced);
    if (automatic.clicks) watchClicks(track, cleanUrl);
    const end = safely(attention.end);
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState !== 'hidden') return;
      end();
      void delivery.flush();
    });
    addEventListener(
      'pagehide',
      safely(() => {
        end();
        delivery.leave();
      }),
    );
    addEventListener(
      'pageshow',
      safely((event: PageTransitionEvent) => {
        if (event.persisted && automatic.pageViews) view();
      }),
    );
    addEventListener('online', safely(delivery.reconnect));
  }

  function start(): void {
    watch();
    if (isRefused || !settings.requireConsent) collect(!isRefused);
    if (automatic.pageViews) view();
    else pages.enter();
  }

  // a page that is rendered before anybody asked for it is not viewed yet
  const before = document as Document & { prerendering?: boolean };
  if (before.prerendering) document.addEventListener('prerenderingchange', safely(start), { once: true });
  else start();

  return {
    track,
    page(given) {
      if (!automatic.pageViews || pages.isNew(given)) view(given);
    },
    identify(token) {
      const subject = token ? subjectOf(token) : undefined;
      if (token && !subject) onProblem('cloudworks: identify was given what is no access token');
      delivery.own(subject, token ?? undefined);
    },
    consent,
    flush: delivery.flush,
  };
}
