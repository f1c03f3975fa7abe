/** One product of an order, with name and price as they were when it was placed. */
export interface OrderedItem {
  product_id: string;
  item_name: string;
  price: string;
  quantity: number;
}

/** An order as the shop's API has it (docs/shop-api.md); amounts are exact decimals of one currency. */
export interface Order {
  order_id: string;
  status: string;
  placed_at: string;
  currency: string;
  value: string;
  shipping: string;
  tax: string;
  total: string;
  refunded_value: string;
  items: readonly OrderedItem[];
}

const AMOUNT = /^\d{1,13}\.\d{2}$/;

/** Says whether something that came from outside is an order. */
export function isOrder(given: unknown): given is Order {
  const found = (given ?? {}) as { [name: string]: unknown };
  return (
    ['order_id', 'status', 'placed_at'].every(name => typeof found[name] === 'string') &&
    ['value', 'shipping', 'tax', 'total', 'refunded_value'].every(name => AMOUNT.test(String(found[name]))) &&
    !Number.isNaN(Date.parse(String(found.placed_at))) &&
    /^[A-Z]{3}$/.test(String(found.currency)) &&
    Array.isArray(found.items) &&
    found.items.every(isOrderedItem)
  );
}

function isOrderedItem(given: unknown): given is OrderedItem {
  const found = (given ?? {}) as { [name: string]: unknown };
  const isNamed = typeof found.product_id === 'string' && typeof found.item_name === 'string';
  return isNamed && AMOUNT.test(String(found.price)) && Number.isInteger(found.quantity);
}
