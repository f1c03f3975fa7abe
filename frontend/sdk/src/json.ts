// As JSON.stringify writes them: U+0000, which no database stores, and halves of a character.
const UNSTORABLE = /\\u(?:0000|d[89a-f])/;
const UNSTORABLE_CHARACTERS = /\0|\p{Surrogate}/gu;

/** Returns JSON that the contract takes; throws where there is none (cycles, BigInt). */
export function toJson(value: object): string {
  const text = JSON.stringify(value);
  return UNSTORABLE.test(text) ? JSON.stringify(value, storable) : text;
}

/** Returns the start of a text, at most `length` UTF-16 units; undefined where there is no text. */
export function clipped(text: string | null | undefined, length: number): string | undefined {
  return text ? text.slice(0, length) : undefined;
}

function storable(_key: string, value: unknown): unknown {
  return typeof value === 'string' ? value.replace(UNSTORABLE_CHARACTERS, '\ufffd') : value;
}
