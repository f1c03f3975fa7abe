/** Returns a random UUID (version 4). */
export function uuid(): string {
  return crypto.randomUUID?.() ?? uuidOfBytes();
}

/** Plain-http pages have no `crypto.randomUUID`, but they have random bytes. */
export function uuidOfBytes(): string {
  const random = crypto.getRandomValues(new Uint8Array(36));
  return 'xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx'.replace(/[xy]/g, (letter, at: number) => {
    const half = (random[at] as number) & 15;
    return (letter === 'x' ? half : (half & 3) | 8).toString(16);
  });
}
