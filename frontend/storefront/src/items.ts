import type { Item } from '@cloudworks/sdk';
import type { Line } from './cart.ts';
import type { Product } from './products.ts';

/** Where products are shown together, in GA4's words. */
export interface List {
  item_list_id: string;
  item_list_name: string;
}

/** Returns a product as GA4's events name it; they want numbers for prices. */
export function itemOf(product: Product, more: { index?: number; quantity?: number } = {}): Item {
  return {
    item_id: product.product_id,
    item_name: product.item_name,
    ...(product.item_brand !== null && { item_brand: product.item_brand }),
    item_category: product.item_category,
    price: Number(product.price),
    ...more,
  };
}

/** Returns what an event says of lines of a cart; a sum only where there is one currency. */
export function saleOf(lines: readonly Line[]): { items: Item[]; currency: string } | { items: Item[] } {
  const items = lines.map(({ product, quantity }) => itemOf(product, { quantity }));
  const [currency, ...others] = new Set(lines.map(line => line.product.currency));
  return currency && !others.length ? { items, currency } : { items };
}
