/** Says whether the browser asks not to be followed: Global Privacy Control or Do Not Track. */
export function hasPrivacySignal(browser: { globalPrivacyControl?: unknown; doNotTrack?: unknown }): boolean {
  return browser.globalPrivacyControl === true || browser.doNotTrack === '1';
}
