import { clipped } from './json.ts';
import { listen } from './listen.ts';

const CLICKABLE = 'a[href],button,summary,[type=submit],[type=button],[role=button],[role=link],[role=tab]';
const FIELDS = 'input,textarea,select,[contenteditable]';
const MOST_CHARACTERS = 100;

/** The attribute that keeps an element and all in it out of click events. */
export const IGNORE = 'data-cloudworks-ignore';

type Record = (name: string, params: { [name: string]: unknown }) => void;

/** Records a click on a link or a button. What somebody typed is never read. */
export function watchClicks(record: Record, cleanUrl: (url: string) => string): void {
  const onClick = (event: Event) => {
    if (!event.isTrusted) return;
    // the path goes through open shadow roots, which `target` hides
    const path = event.composedPath().filter((one): one is Element => one instanceof Element);
    const element = path.find(one => one.matches(CLICKABLE));
    if (element && !path.some(one => one.hasAttribute(IGNORE)))
      record('click', clickParams(element, cleanUrl));
  };
  listen(document, 'click', onClick, true);
}

function clickParams(element: Element, cleanUrl: (url: string) => string): { [name: string]: unknown } {
  // getAttribute, because a form's field named "id" hides the property
  const attribute = (name: string) => clipped(element.getAttribute(name), MOST_CHARACTERS);
  const params = { link_id: attribute('id'), link_classes: attribute('class'), link_text: linkText(element) };
  if (!(element instanceof HTMLAnchorElement)) return params;
  const { href, protocol, hostname } = element;
  if (!/^https?:$/.test(protocol)) return { ...params, link_url: protocol }; // mailto: names a person
  return {
    ...params,
    link_url: clipped(cleanUrl(href), 2_048),
    link_domain: hostname,
    outbound: hostname !== location.hostname,
  };
}

function linkText(element: Element): string | undefined {
  if (element.closest(FIELDS) || element.querySelector(FIELDS)) return undefined;
  return clipped(element.textContent?.replace(/\s+/g, ' ').trim(), MOST_CHARACTERS);
}
