/** A product as the shop's API has it (docs/shop-api.md). */
export interface Product {
  product_id: string;
  item_name: string;
  item_brand: string | null;
  item_category: string;
  /** An exact decimal with two digits after the point, such as "24.90". */
  price: string;
  /** ISO 4217. */
  currency: string;
  /** The picture's key in the media bucket, which is its path on the shop's own address. */
  image_key: string | null;
}

/** Some products, and how to ask for those after them. */
export interface ProductsPage {
  products: Product[];
  next_cursor: string | null;
}

/** Says whether something that came from outside is a product. */
export function isProduct(given: unknown): given is Product {
  if (typeof given !== 'object' || given === null) return false;
  const found = given as { [name: string]: unknown };
  const isTextOrNull = (name: string) => found[name] === null || typeof found[name] === 'string';
  return (
    ['product_id', 'item_name', 'item_category'].every(name => typeof found[name] === 'string') &&
    ['item_brand', 'image_key'].every(isTextOrNull) &&
    /^\d{1,10}\.\d{2}$/.test(String(found.price)) &&
    /^[A-Z]{3}$/.test(String(found.currency))
  );
}

/** Returns the picture's address on the shop's own origin. */
export function pictureAddress(imageKey: string): string {
  return `/${imageKey.split('/').map(encodeURIComponent).join('/')}`;
}
