import { commerceEvents } from './api.ts';

export { consent, flush, identify, init, page, track } from './api.ts';
export type { CommerceEvents, Item, KnownEvents, Params } from './events.ts';
export type { Options } from './options.ts';
export type { Page } from './pages.ts';

export const {
  viewItemList,
  selectItem,
  viewItem,
  addToWishlist,
  addToCart,
  removeFromCart,
  viewCart,
  beginCheckout,
  addShippingInfo,
  addPaymentInfo,
  purchase,
  refund,
  viewPromotion,
  selectPromotion,
} = commerceEvents;
