import { type Cart, parsedCart } from './cart.ts';
import { watched } from './watched.ts';

const KEY = 'storefront.cart';
// where the browser refuses storage the cart lives as long as the page
let kept: string | null = null;
const cart = watched(currentCart);

/** Returns the cart as it is now, whichever tab changed it. */
export function currentCart(): Cart {
  try {
    return parsedCart(localStorage.getItem(KEY) ?? kept);
  } catch {
    return parsedCart(kept);
  }
}

/** Keeps what `change` makes of the cart as it is now, and shows it everywhere. */
export function changeCart(change: (cart: Cart) => Cart): Cart {
  const changed = change(currentCart());
  kept = JSON.stringify(changed);
  try {
    localStorage.setItem(KEY, kept);
  } catch {
    // full or refused: see `kept`
  }
  cart.tell();
  return changed;
}

/** Returns the cart, and renders again when this tab or another one changes it. */
export function useCart(): Cart {
  return cart.use();
}

/** Listens to other tabs, and to the browser bringing back a page that it had put aside. */
export function watchOtherTabs(): void {
  addEventListener('storage', event => {
    if (event.key === KEY || event.key === null) forget();
  });
  addEventListener('pageshow', event => {
    if (event.persisted) cart.tell();
  });
}

function forget(): void {
  kept = null;
  cart.tell();
}
