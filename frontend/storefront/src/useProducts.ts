import { useState } from 'preact/hooks';
import { announce } from './announce.ts';
import type { Wanted } from './api.ts';
import type { Product, ProductsPage } from './products.ts';
import { shopApi } from './shopApi.ts';
import { type Loaded, remember, useLoaded } from './useLoaded.ts';

/** A list of products that grows page by page. */
export interface Products {
  first: Loaded<ProductsPage>;
  shown: readonly Product[];
  /** Shows the next page; undefined when all are shown. */
  showMore: (() => void) | undefined;
  more: 'idle' | 'loading' | 'failed';
}

/** Loads products as they are wanted; a list that has grown is remembered whole. */
export function useProducts(wanted: Wanted): Products {
  const key = `products ${JSON.stringify(wanted)}`;
  const first = useLoaded(key, async () => (await shopApi()).products(wanted));
  const [grown, setGrown] = useState<ProductsPage>();
  const [more, setMore] = useState<Products['more']>('idle');
  const now = grown ?? (first.state === 'ready' ? first.value : undefined);
  const cursor = now?.next_cursor;
  const showMore = async () => {
    setMore('loading');
    try {
      const next = await (await shopApi()).products(wanted, cursor);
      const all = { products: [...(now?.products ?? []), ...next.products], next_cursor: next.next_cursor };
      remember(key, all);
      setGrown(all);
      setMore('idle');
      announce(`${next.products.length} more shown`);
    } catch {
      setMore('failed');
    }
  };
  const shown = now?.products ?? [];
  return { first, shown, more, showMore: cursor && more !== 'loading' ? () => void showMore() : undefined };
}
