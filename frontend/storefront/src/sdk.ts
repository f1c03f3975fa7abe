// a file of its own, so that a browser that refuses it still gets the shop
export * from '@cloudworks/sdk';
