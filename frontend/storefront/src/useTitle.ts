import { useLayoutEffect } from 'preact/hooks';
import { announce } from './announce.ts';
import { SHOP_NAME } from './shopName.ts';

/** Names the page in the browser's tab, and aloud; an empty title is the shop's own name. */
export function useTitle(title: string): void {
  useLayoutEffect(() => {
    document.title = title ? `${title} · ${SHOP_NAME}` : SHOP_NAME;
    announce(title || SHOP_NAME);
  }, [title]);
}
