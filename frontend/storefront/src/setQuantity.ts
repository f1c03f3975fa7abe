import { type Cart, quantityOf, withQuantity } from './cart.ts';
import { changeCart } from './cartStore.ts';
import { saleOf } from './items.ts';
import type { Product } from './products.ts';
import { record } from './recording.ts';

/** Puts so many of a product into the cart, as `quantity` says of those that are there; returns how many are. */
export function setQuantity(product: Product, quantity: (before: number) => number): number {
  let before = 0;
  const changed: Cart = changeCart(cart => {
    before = quantityOf(cart, product.product_id);
    return withQuantity(cart, product, quantity(before));
  });
  const now = quantityOf(changed, product.product_id);
  if (now > before) record(sdk => sdk.addToCart(saleOf([{ product, quantity: now - before }])));
  if (now < before) record(sdk => sdk.removeFromCart(saleOf([{ product, quantity: before - now }])));
  return now;
}
