/** What the browser gives and node does not: a storage area as localStorage is one. */
export function storageArea(mostCharacters = Infinity): Storage {
  const entries = new Map<string, string>();
  const size = () => [...entries].reduce((sum, [key, value]) => sum + key.length + value.length, 0);
  return {
    get length() {
      return entries.size;
    },
    key: at => [...entries.keys()][at] ?? null,
    getItem: key => entries.get(key) ?? null,
    setItem(key, value) {
      if (size() + key.length + value.length > mostCharacters)
        throw new DOMException('full', 'QuotaExceededError');
      entries.set(key, value);
    },
    removeItem: key => void entries.delete(key),
    clear: () => entries.clear(),
  };
}
