import { isProduct, type Product, type ProductsPage } from './products.ts';

const MOST_MS = 12_000; // the API answers within 10 seconds, if it does

/** Which products are asked for: all, those of a category, or those that a search finds. */
export interface Wanted {
  category?: string;
  q?: string;
}

/** The shop's API gave no usable answer. */
export class ApiError extends Error {
  /** `status` is missing where nothing came; `kind` is what the problem's type ends in, such as no-such-product. */
  constructor(
    message: string,
    readonly status?: number,
    readonly kind?: string,
  ) {
    super(message);
  }

  /** There is no such thing, and asking again will not help. */
  get isMissing(): boolean {
    return this.status === 404 || this.status === 400;
  }
}

/** The shop's API as functions; each throws `ApiError`. */
export interface Api {
  products(wanted: Wanted, cursor?: string | null): Promise<ProductsPage>;
  product(productId: string): Promise<Product>;
  /** Every category that has products, in the order of the alphabet. */
  categories(): Promise<string[]>;
}

export function openApi(apiUrl: string): Api {
  return {
    async products(wanted, cursor) {
      const query = new URLSearchParams({ ...wanted, ...(cursor && { cursor }) }).toString();
      const found = await ask(`${apiUrl}/v1/products${query && `?${query}`}`);
      const { products, next_cursor } = (found ?? {}) as Partial<ProductsPage>;
      if (!Array.isArray(products) || !products.every(isProduct)) throw strange();
      return { products, next_cursor: typeof next_cursor === 'string' ? next_cursor : null };
    },
    async product(productId) {
      const found = await ask(`${apiUrl}/v1/products/${encodeURIComponent(productId)}`);
      if (!isProduct(found)) throw strange();
      return found;
    },
    async categories() {
      const found = await ask(`${apiUrl}/v1/categories`);
      const { categories } = (found ?? {}) as { categories?: { item_category?: unknown }[] };
      const names = Array.isArray(categories) ? categories.map(one => one?.item_category) : [null];
      if (!names.every(name => typeof name === 'string')) throw strange();
      return names.sort((one, other) => one.localeCompare(other));
    },
  };
}

/** Returns what the API answers, or throws `ApiError`. */
export async function ask(url: string, init?: RequestInit): Promise<unknown> {
  const signal = AbortSignal.timeout(MOST_MS);
  const answer = await fetch(url, { ...init, credentials: 'omit', signal }).catch(() => {
    throw new ApiError('the API gave no answer');
  });
  const body: unknown = await answer.json().catch(() => undefined);
  if (answer.ok && body !== undefined) return body;
  if (answer.ok) throw strange();
  const type = String((body as { type?: unknown } | null | undefined)?.type ?? '');
  throw new ApiError(`the API answered ${answer.status}`, answer.status, type.split(':').pop());
}

export function strange(): ApiError {
  return new ApiError('the API answered what is not in its description');
}
