import { ApiError } from './api.ts';
import type { Product } from './products.ts';
import { shopApi } from './shopApi.ts';

const AT_ONCE = 6; // requests that browsers have under way to one server anyway

/** What the shop says now of some products. */
export interface ProductsNow {
  products: Product[];
  /** Ids of those that are no longer sold. */
  goneIds: string[];
}

/** Asks for each of the products; throws when one of the questions gets no answer. */
export async function productsNow(ids: readonly string[]): Promise<ProductsNow> {
  const found: ProductsNow = { products: [], goneIds: [] };
  for (let from = 0; from < ids.length; from += AT_ONCE) {
    const some = ids.slice(from, from + AT_ONCE);
    const answers = await Promise.all(some.map(productIfSold));
    for (const answer of answers) {
      if (typeof answer === 'string') found.goneIds.push(answer);
      else found.products.push(answer);
    }
  }
  return found;
}

/** Returns the product, or its id when there is none on sale. */
async function productIfSold(id: string): Promise<Product | string> {
  try {
    return await (await shopApi()).product(id);
  } catch (error) {
    if (error instanceof ApiError && error.isMissing) return id;
    throw error;
  }
}
