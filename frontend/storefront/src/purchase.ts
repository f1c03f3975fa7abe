import { type Cart, withQuantity } from './cart.ts';
import { changeCart } from './cartStore.ts';
import { itemOf } from './items.ts';
import type { Order } from './orders.ts';
import { record } from './recording.ts';

const KEY = 'storefront.purchases';
const MOST_KEPT = 20;
let kept: string[] = [];

/**
 * Records the purchase and takes what was bought out of the cart; once for an order, however many tabs hear of
 * it and however often.
 */
export async function concludePurchase(order: Order, lines: Cart): Promise<void> {
  await alone(() => {
    const concluded = concludedIds();
    if (concluded.includes(order.order_id)) return;
    keep([order.order_id, ...concluded].slice(0, MOST_KEPT));
    record(sdk => sdk.purchase(purchaseOf(order, lines)));
    changeCart(cart => without(cart, lines));
  });
}

/** Returns the event's parameters: number and amounts of the books, and what else is known of the products. */
export function purchaseOf(order: Order, lines: Cart) {
  const products = new Map(lines.map(({ product }) => [product.product_id, product]));
  const items = order.items.map(({ product_id, item_name, price, quantity }) => {
    const product = products.get(product_id);
    const item = product ? itemOf(product) : { item_id: product_id };
    return { ...item, item_name, price: Number(price), quantity };
  });
  return {
    transaction_id: order.order_id,
    currency: order.currency,
    value: Number(order.value),
    shipping: Number(order.shipping),
    tax: Number(order.tax),
    items,
  };
}

/** Returns the cart without so many of each product: what was put there meanwhile stays. */
export function without(cart: Cart, bought: Cart): Cart {
  return bought.reduce((left, { product, quantity }) => {
    const line = left.find(one => one.product.product_id === product.product_id);
    return line ? withQuantity(left, line.product, line.quantity - quantity) : left;
  }, cart);
}

/** Does it while no other tab does; where browsers can't say so, at once. */
async function alone(work: () => void): Promise<void> {
  if (navigator.locks) await navigator.locks.request(KEY, work);
  else work();
}

function concludedIds(): string[] {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]');
    return Array.isArray(found) ? found : kept;
  } catch {
    return kept;
  }
}

function keep(ids: string[]): void {
  kept = ids;
  try {
    localStorage.setItem(KEY, JSON.stringify(ids));
  } catch {
    // full or refused: see `kept`
  }
}
