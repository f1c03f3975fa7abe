import { useEffect, useRef } from 'preact/hooks';
import type { Wanted } from './api.ts';
import { itemOf, type List } from './items.ts';
import { MorePages } from './MorePages.tsx';
import { Problem } from './Problem.tsx';
import { EmptyGrid, ProductGrid } from './ProductGrid.tsx';
import type { Product } from './products.ts';
import { record } from './recording.ts';
import { shopApi } from './shopApi.ts';
import { type Page, usePages } from './usePages.ts';

const MOST_ITEMS = 200; // that GA4 takes in one event

interface Given {
  wanted: Wanted;
  list: List;
  /** What is said when there are none. */
  none: string;
  /** Told of the first products, none included, once. */
  onFirst?: (products: readonly Product[]) => void;
}

/** Products as they are wanted, with a button for more. */
export function ProductList({ wanted, list, none, onFirst }: Given) {
  const pages = usePages(`products ${JSON.stringify(wanted)}`, cursor => productsAfter(wanted, cursor));
  const { first, shown } = pages;
  const seen = useRef(0);
  useEffect(() => {
    if (first.state !== 'ready') return;
    if (!seen.current) onFirst?.(shown);
    recordView(list, shown, seen.current);
    seen.current = shown.length;
  }, [first.state, shown.length]);

  if (first.state === 'loading') return <EmptyGrid />;
  if (first.state === 'failed') {
    return first.isMissing ? <p class="none">{none}</p> : <Problem what="the products" retry={first.retry} />;
  }
  if (!shown.length) return <p class="none">{none}</p>;
  return (
    <>
      <ProductGrid products={shown} list={list} />
      <MorePages pages={pages} what="products" />
    </>
  );
}

async function productsAfter(wanted: Wanted, cursor: string | null): Promise<Page<Product>> {
  const { products, next_cursor } = await (await shopApi()).products(wanted, cursor);
  return { entries: products, nextCursor: next_cursor };
}

/** Records those that were not shown before. */
function recordView(list: List, shown: readonly Product[], from: number): void {
  const items = shown
    .slice(from, from + MOST_ITEMS)
    .map((product, at) => itemOf(product, { index: from + at }));
  if (items.length) record(sdk => sdk.viewItemList({ ...list, items }));
}
