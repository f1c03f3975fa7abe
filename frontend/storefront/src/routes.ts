/** Which page an address is. */
export type Route =
  | { page: 'home' }
  | { page: 'category'; category: string }
  | { page: 'product'; productId: string }
  | { page: 'search'; term: string }
  | { page: 'cart' }
  | { page: 'checkout' }
  | { page: 'order'; orderId: string }
  | { page: 'account' }
  | { page: 'missing' };

export const HOME = '/';
export const CART = '/cart';
export const CHECKOUT = '/checkout';
export const ACCOUNT = '/account';
export const categoryAddress = (category: string) => `/categories/${encodeURIComponent(category)}`;
export const productAddress = (productId: string) => `/products/${encodeURIComponent(productId)}`;
export const orderAddress = (orderId: string) => `/orders/${encodeURIComponent(orderId)}`;
export const searchAddress = (term: string) => `/search?${new URLSearchParams({ q: term })}`;

const NAMED: { [path: string]: Route } = {
  [HOME]: { page: 'home' },
  [CART]: { page: 'cart' },
  [CHECKOUT]: { page: 'checkout' },
  [ACCOUNT]: { page: 'account' },
};
const FOLDERS: { [folder: string]: (name: string) => Route } = {
  categories: category => ({ page: 'category', category }),
  products: productId => ({ page: 'product', productId }),
  orders: orderId => ({ page: 'order', orderId }),
};

/** Returns the page of an address; Amplify's rules (scripts/provision/delivery.py) know the same ones. */
export function routeOf(path: string, query: string): Route {
  const [, folder = '', name] = /^\/(categories|products|orders)\/([^/]+)$/.exec(path) ?? [];
  const text = decoded(name);
  if (text && FOLDERS[folder]) return FOLDERS[folder](text);
  if (path === '/search') return { page: 'search', term: new URLSearchParams(query).get('q')?.trim() ?? '' };
  return NAMED[path] ?? { page: 'missing' };
}

function decoded(text: string | undefined): string | undefined {
  try {
    return text && decodeURIComponent(text);
  } catch {
    return undefined; // a lone % is no address of ours
  }
}
