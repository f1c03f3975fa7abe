import { useState } from 'preact/hooks';
import { type Product, pictureAddress } from './products.ts';

// pictures are cut to squares; the numbers are for the browser, which keeps the place free before they are there
const SIDE = 640;

interface Given {
  product: Product;
  /** What it shows, where no words beside it say so. */
  alt?: string;
  /** In view at once: the browser needs not wait to see whether somebody scrolls there. */
  isFirst?: boolean;
}

/** A product's picture, or the first letter of its name where there is none. */
export function Picture({ product, alt = '', isFirst = false }: Given) {
  const [isBroken, setBroken] = useState(false);
  if (!product.image_key || isBroken) {
    return (
      <span class="picture without-picture" aria-hidden="true">
        {product.item_name.slice(0, 1)}
      </span>
    );
  }
  return (
    <img
      class="picture"
      src={pictureAddress(product.image_key)}
      alt={alt}
      width={SIDE}
      height={SIDE}
      loading={isFirst ? 'eager' : 'lazy'}
      decoding="async"
      onError={() => setBroken(true)}
    />
  );
}
