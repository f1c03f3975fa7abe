const STATUSES = new Map([
  ['placed', 'Placed'],
  ['paid', 'Paid'],
  ['cancelled', 'Cancelled'],
  ['refunded', 'Money given back'],
]);

/** Returns an order's status in words; one that came later than this page is shown as it is. */
export function shownStatus(status: string): string {
  return STATUSES.get(status) ?? status;
}

/** Returns a time as people read it where they are, such as 23 Nov 2026, 13:00. */
export function shownTime(time: string): string {
  return new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(time));
}
