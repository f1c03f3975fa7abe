import { clipped } from './json.ts';

/** Returns what the browser says about the device, in the words of the contract. */
export function device(): { [name: string]: string | undefined } {
  return {
    language: clipped(navigator.language, 128),
    screen_resolution: `${screen.width}x${screen.height}`,
    time_zone: clipped(Intl.DateTimeFormat().resolvedOptions().timeZone, 128),
    // an iPad calls itself a Macintosh, but no Macintosh takes touches; the rest follows from the user agent
    category: /Macintosh/.test(navigator.userAgent) && navigator.maxTouchPoints > 1 ? 'tablet' : undefined,
  };
}
