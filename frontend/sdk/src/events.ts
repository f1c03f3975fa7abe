/** A parameter that GA4 does not name is kept as it is. */
export interface Params {
  [name: string]: unknown;
}

interface ItemDetails extends Params {
  affiliation?: string;
  coupon?: string;
  discount?: number;
  index?: number;
  item_brand?: string;
  item_category?: string;
  item_category2?: string;
  item_category3?: string;
  item_category4?: string;
  item_category5?: string;
  item_list_id?: string;
  item_list_name?: string;
  item_variant?: string;
  location_id?: string;
  price?: number;
  quantity?: number;
}

/** A GA4 item: its id or its name is required. */
export type Item = ItemDetails &
  ({ item_id: string; item_name?: string } | { item_id?: string; item_name: string });

/** `value` is the sum of price × quantity, without shipping and tax; with it, the currency is required. */
type Money = { currency: string; value?: number } | { currency?: never; value?: never };

type Items = Params & { items: Item[] };
type Sale = Items & Money & { coupon?: string };
type List = Items & { item_list_id?: string; item_list_name?: string };
type Promotion = Params & {
  items?: Item[];
  creative_name?: string;
  creative_slot?: string;
  promotion_id?: string;
  promotion_name?: string;
};

/** GA4's commerce events and what they take. https://developers.google.com/analytics/devguides/collection/ga4 */
export interface CommerceEvents {
  view_item_list: List;
  select_item: List;
  view_item: Sale;
  add_to_wishlist: Sale;
  add_to_cart: Sale;
  remove_from_cart: Sale;
  view_cart: Sale;
  begin_checkout: Sale;
  add_shipping_info: Sale & { shipping_tier?: string };
  add_payment_info: Sale & { payment_type?: string };
  purchase: Sale & { transaction_id: string; shipping?: number; tax?: number };
  refund: Params & Money & { transaction_id: string; items?: Item[]; shipping?: number; tax?: number };
  view_promotion: Promotion;
  select_promotion: Promotion;
}

/** Every event whose parameters are known; other names take any. */
export interface KnownEvents extends CommerceEvents {
  search: Params & { search_term: string };
  login: Params & { method?: string };
  sign_up: Params & { method?: string };
  share: Params & { method?: string; content_type?: string; item_id?: string };
}

export type ParamsOf<Name extends string> = Name extends keyof KnownEvents ? KnownEvents[Name] : Params;
