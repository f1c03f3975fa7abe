import { accessToken, SignedOutError } from './account.ts';
import { ApiError } from './api.ts';
import { type Attempt, attemptFor, currentAttempt, isFor, keepAttempt } from './attempt.ts';
import { type Cart, withProducts } from './cart.ts';
import { changeCart } from './cartStore.ts';
import type { Order } from './orders.ts';
import { placeOrder } from './ordersApi.ts';
import { type ProductsNow, productsNow } from './productsNow.ts';
import { concludePurchase } from './purchase.ts';

/** What came of trying to order. */
export type Outcome =
  | { kind: 'placed'; order: Order }
  /** Nothing was ordered: prices or what is on sale are no longer what the visitor saw. */
  | { kind: 'changed'; now: ProductsNow }
  /** Nothing was ordered; `why` says so in words for the visitor. */
  | { kind: 'refused'; why: string }
  /** The order was sent, and nobody knows what came of it. */
  | { kind: 'open' };

const REFUSALS = new Map([
  ['not-on-sale', 'Something in it was sold out this moment. Look at your cart, and order the rest.'],
  ['mixed-currencies', 'It has prices in two currencies. Order the things of each currency apart.'],
  ['order-too-large', 'It is worth more than one order may be. Order in two parts.'],
  ['idempotency-key-reused', 'It was placed before with other things in it. Look at your orders first.'],
]);
const REFUSED = 'The shop does not take this order as it is.';
const TOO_MANY = 'Too many people are ordering this moment. Wait a minute, and try again.';
const SIGNED_OUT = 'You are no longer signed in. Sign in again, and place it then.';
const NOT_SENT = 'The shop gives no answer. Wait a moment, look at your network, and try again.';
const NOTHING_ORDERED = 'Nothing was ordered just now, and your cart is as it was.';

/** Orders what was shown, at the prices that were shown, for the person who signed in. */
export async function place(shown: Cart, userId: string): Promise<Outcome> {
  try {
    const now = await productsNow(shown.map(line => line.product.product_id));
    if (isOther(shown, now)) {
      changeCart(cart => withProducts(cart, now.products));
      return { kind: 'changed', now };
    }
    await accessToken(); // one that has to be renewed is renewed while nothing is sent
  } catch (error) {
    return { kind: 'refused', why: `${whyRefused(error) ?? NOT_SENT} ${NOTHING_ORDERED}` };
  }
  const attempt = attemptFor(currentAttempt(), shown, userId);
  // another tab has sent an order meanwhile, and has no answer yet
  return isFor(attempt, shown) ? send(attempt, userId) : { kind: 'open' };
}

/** Sends an order, for the first time or again: with its key it is placed once at most. */
export async function send(attempt: Attempt, userId: string): Promise<Outcome> {
  keepAttempt({ ...attempt, userId, isSent: true });
  try {
    const lines = attempt.lines.map(({ product, quantity }) => ({
      product_id: product.product_id,
      quantity,
    }));
    const order = await placeOrder(attempt.key, lines);
    await concludePurchase(order, attempt.lines);
    if (currentAttempt()?.key === attempt.key) keepAttempt(null);
    return { kind: 'placed', order };
  } catch (error) {
    return concludeFailure(attempt, error);
  }
}

function concludeFailure(attempt: Attempt, error: unknown): Outcome {
  const why = whyRefused(error);
  // what keeps a try out says nothing of an earlier one that went in
  const isOpen = !why || (attempt.isSent && !isAboutOrder(error));
  if (!isOpen) keepAttempt(isAboutOrder(error) ? null : attempt);
  if (!why) return { kind: 'open' };
  return { kind: 'refused', why: isOpen ? why : `${why} ${NOTHING_ORDERED}` };
}

/** Returns why an order was not placed by this try, or undefined when nobody knows whether it was. */
export function whyRefused(error: unknown): string | undefined {
  if (error instanceof SignedOutError) return SIGNED_OUT;
  const { status = 0, kind = '' } = error instanceof ApiError ? error : {};
  if (status === 429) return TOO_MANY;
  return status >= 400 && status < 500 ? (REFUSALS.get(kind) ?? REFUSED) : undefined;
}

/** Says whether the function itself looked at the order: it looks for the key's order first. */
const isAboutOrder = (error: unknown) => error instanceof ApiError && error.status === 422;

function isOther(shown: Cart, now: ProductsNow): boolean {
  const prices = new Map(now.products.map(product => [product.product_id, priceOf(product)]));
  return shown.some(({ product }) => prices.get(product.product_id) !== priceOf(product));
}

const priceOf = (product: { price: string; currency: string }) => `${product.price} ${product.currency}`;
