import { hundredths } from './money.ts';
import { isProduct, type Product } from './products.ts';

export const MOST_OF_ONE = 99;
export const MOST_LINES = 50;

/** How many of a product somebody wants, and the product as it was when it was last seen. */
export interface Line {
  product: Product;
  quantity: number;
}

/** What is in a cart, in the order in which it was put there. Never changed: functions return another one. */
export type Cart = readonly Line[];

export interface Amount {
  currency: string;
  hundredths: number;
}

export function quantityOf(cart: Cart, productId: string): number {
  return cart.find(line => line.product.product_id === productId)?.quantity ?? 0;
}

/** Returns the cart with so many of a product, at most 99; none takes it out. A full cart takes no new one. */
export function withQuantity(cart: Cart, product: Product, quantity: number): Cart {
  const wanted = Math.min(Math.max(Math.trunc(quantity) || 0, 0), MOST_OF_ONE);
  const isThere = quantityOf(cart, product.product_id) > 0;
  if (!isThere) return wanted && cart.length < MOST_LINES ? [...cart, { product, quantity: wanted }] : cart;
  const changed = cart.map(line =>
    line.product.product_id === product.product_id ? { product, quantity: wanted } : line,
  );
  return changed.filter(line => line.quantity > 0);
}

/** Returns the cart with products as the shop has them now, where it has them. */
export function withProducts(cart: Cart, products: readonly Product[]): Cart {
  const now = new Map(products.map(product => [product.product_id, product]));
  return cart.map(line => ({ ...line, product: now.get(line.product.product_id) ?? line.product }));
}

export function piecesCount(cart: Cart): number {
  return cart.reduce((sum, line) => sum + line.quantity, 0);
}

/** Returns what the cart costs, a sum for each currency. */
export function totals(cart: Cart): Amount[] {
  const sums = new Map<string, number>();
  for (const { product, quantity } of cart) {
    const sum = (sums.get(product.currency) ?? 0) + hundredths(product.price) * quantity;
    sums.set(product.currency, sum);
  }
  return [...sums].map(([currency, sum]) => ({ currency, hundredths: sum }));
}

/** Returns the cart that a text holds; what is none of ours, or was tampered with, is left out. */
export function parsedCart(text: string | null): Cart {
  let found: unknown;
  try {
    found = JSON.parse(text ?? '[]');
  } catch {
    return [];
  }
  const lines = Array.isArray(found) ? found : [];
  return lines.reduce<Cart>(
    (cart, line) => (isProduct(line?.product) ? withQuantity(cart, line.product, line.quantity) : cart),
    [],
  );
}
