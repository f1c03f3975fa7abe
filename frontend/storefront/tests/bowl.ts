import type { Product } from '../src/products.ts';

export const BOWL: Product = {
  product_id: 'kitchen-003',
  item_name: 'Stoneware Bowl',
  item_brand: 'Lehmgold',
  item_category: 'Kitchen',
  price: '22.10',
  currency: 'EUR',
  image_key: null,
};
export const SPOON: Product = { ...BOWL, product_id: 'kitchen-002', item_brand: null, price: '0.30' };
