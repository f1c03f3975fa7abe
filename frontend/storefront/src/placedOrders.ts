import type { Order } from './orders.ts';
import { forget, remember } from './useLoaded.ts';

const placedHere = new Set<string>();

/** What is remembered is each person's own: somebody else may sign in on the same page. */
export const orderKey = (userId: string, orderId: string) => `order ${userId} ${orderId}`;
export const ordersKey = (userId: string) => `orders ${userId}`;

/** Remembers an order that was placed a moment ago, for the pages that show it. */
export function rememberPlaced(userId: string, order: Order): void {
  placedHere.add(order.order_id);
  remember(orderKey(userId, order.order_id), order);
  forget(ordersKey(userId));
}

/** Says whether an order was placed since the page was loaded. */
export function isPlacedHere(orderId: string): boolean {
  return placedHere.has(orderId);
}
