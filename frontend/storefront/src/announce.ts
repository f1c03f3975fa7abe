/** The element that screen readers read aloud when it changes. */
export const ANNOUNCER = 'announcer';

/** Says something to whoever does not see the page. */
export function announce(text: string): void {
  const element = document.getElementById(ANNOUNCER);
  // the same words again would be no change
  if (element) element.textContent = element.textContent === text ? `${text}\u00a0` : text;
}
