import { accessToken, renewed, SignedOutError } from './account.ts';
import { ApiError, ask, strange } from './api.ts';
import { isOrder, type Order } from './orders.ts';
import { shopConfig } from './shopApi.ts';
import { changeTokens } from './tokens.ts';
import type { Page } from './usePages.ts';

/** So many of a product, as an order names them. */
export interface OrderLine {
  product_id: string;
  quantity: number;
}

/** Places an order, or finds what an earlier try with this key has placed. Throws as `accessToken` does. */
export async function placeOrder(idempotencyKey: string, items: readonly OrderLine[]): Promise<Order> {
  const headers = { 'content-type': 'application/json', 'idempotency-key': idempotencyKey };
  return orderOf(await askAsPerson('', { method: 'POST', headers, body: JSON.stringify({ items }) }));
}

export async function orderById(orderId: string): Promise<Order> {
  return orderOf(await askAsPerson(`/${encodeURIComponent(orderId)}`));
}

/** Returns the orders after a cursor, the newest first. */
export async function ordersAfter(cursor: string | null): Promise<Page<Order>> {
  const found = await askAsPerson(cursor ? `?${new URLSearchParams({ cursor })}` : '');
  const { orders, next_cursor } = (found ?? {}) as { orders?: unknown; next_cursor?: unknown };
  if (!Array.isArray(orders) || !orders.every(isOrder)) throw strange();
  return { entries: orders, nextCursor: typeof next_cursor === 'string' ? next_cursor : null };
}

/** Asks with the person's token; one that the API refuses is renewed once, and else there is none any more. */
async function askAsPerson(rest: string, init: RequestInit = {}): Promise<unknown> {
  const { apiUrl } = await shopConfig().catch(() => {
    throw new ApiError('/config.json gave no answer');
  });
  const askWith = (token: string) => {
    const headers = { ...init.headers, authorization: `Bearer ${token}` };
    return ask(`${apiUrl}/v1/orders${rest}`, { ...init, headers });
  };
  try {
    return await askWith(await accessToken());
  } catch (error) {
    if (!isUnauthorised(error)) throw error;
  }
  try {
    return await askWith((await renewed()).accessToken);
  } catch (error) {
    if (!isUnauthorised(error)) throw error;
    changeTokens(null);
    throw new SignedOutError();
  }
}

const isUnauthorised = (error: unknown) => error instanceof ApiError && error.status === 401;

function orderOf(found: unknown): Order {
  if (!isOrder(found)) throw strange();
  return found;
}
