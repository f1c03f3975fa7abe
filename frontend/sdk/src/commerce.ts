import type { CommerceEvents, Item, Params } from './events.ts';

const NAMES =
  'view_item_list,select_item,view_item,add_to_wishlist,add_to_cart,remove_from_cart,view_cart,begin_checkout,' +
  'add_shipping_info,add_payment_info,purchase,refund,view_promotion,select_promotion';

type CamelCase<Name extends string> = Name extends `${infer First}_${infer Rest}`
  ? `${First}${Capitalize<CamelCase<Rest>>}`
  : Name;

/** GA4's commerce events as typed functions: `add_to_cart` is `addToCart`. */
export type Commerce = {
  [Name in keyof CommerceEvents as CamelCase<Name>]: (params: CommerceEvents[Name]) => void;
};

/** Returns the functions, which call `track` with GA4's name. */
export function commerce(track: (name: string, params: Params) => void): Commerce {
  const functions = NAMES.split(',').map(name => [
    name.replace(/_./g, part => part.slice(1).toUpperCase()),
    (params: Params) => track(name, params),
  ]);
  return Object.fromEntries(functions);
}

/** Returns the parameters with the sum of price × quantity, where there is a currency and no value. */
export function withValue(params: Params): Params {
  const items = params.items as Item[] | undefined;
  if (!params.currency || params.value !== undefined || !items?.map) return params;
  const value = items.reduce((total, item) => total + (item.price ?? 0) * (item.quantity ?? 1), 0);
  return { ...params, value: Math.round(value * 1e6) / 1e6 };
}
