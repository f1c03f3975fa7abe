/** Returns a price such as "24.90" in hundredths, which add up exactly. */
export function hundredths(price: string): number {
  return Number(price.replace('.', ''));
}

/** Returns an amount as people read it, such as €24.90. */
export function shownAmount(amountHundredths: number, currency: string): string {
  return new Intl.NumberFormat('en', { style: 'currency', currency }).format(amountHundredths / 100);
}
