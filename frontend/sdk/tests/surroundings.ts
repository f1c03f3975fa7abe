/** What the browser gives and node does not: a storage area as localStorage is one, its keys being its own. */
export function storageArea(mostCharacters = Infinity): Storage {
  const area: Record<string, string> & Storage = Object.create({
    get length() {
      return Object.keys(area).length;
    },
    key: (at: number) => Object.keys(area)[at] ?? null,
    getItem: (key: string) => area[key] ?? null,
    setItem(key: string, value: string) {
      const size = Object.entries(area).reduce((sum, [name, kept]) => sum + name.length + kept.length, 0);
      if (size + key.length + value.length > mostCharacters)
        throw new DOMException('full', 'QuotaExceededError');
      area[key] = value;
    },
    removeItem: (key: string) => void delete area[key],
    clear: () => Object.keys(area).forEach(key => void delete area[key]),
  });
  return area;
}
