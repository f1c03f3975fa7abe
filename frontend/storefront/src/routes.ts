/** Which page an address is. */
export type Route =
  | { page: 'home' }
  | { page: 'category'; category: string }
  | { page: 'product'; productId: string }
  | { page: 'search'; term: string }
  | { page: 'cart' }
  | { page: 'missing' };

export const HOME = '/';
export const CART = '/cart';
export const categoryAddress = (category: string) => `/categories/${encodeURIComponent(category)}`;
export const productAddress = (productId: string) => `/products/${encodeURIComponent(productId)}`;
export const searchAddress = (term: string) => `/search?${new URLSearchParams({ q: term })}`;

/** Returns the page of an address; Amplify's rules (scripts/provision/delivery.py) know the same ones. */
export function routeOf(path: string, query: string): Route {
  const [, folder, name] = /^\/(categories|products)\/([^/]+)$/.exec(path) ?? [];
  const text = decoded(name);
  if (folder && text) {
    return folder === 'products'
      ? { page: 'product', productId: text }
      : { page: 'category', category: text };
  }
  if (path === '/search') return { page: 'search', term: new URLSearchParams(query).get('q')?.trim() ?? '' };
  if (path === CART) return { page: 'cart' };
  return path === HOME ? { page: 'home' } : { page: 'missing' };
}

function decoded(text: string | undefined): string | undefined {
  try {
    return text && decodeURIComponent(text);
  } catch {
    return undefined; // a lone % is no address of ours
  }
}
