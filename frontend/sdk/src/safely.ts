/** Returns `work` as a function that never throws: what goes wrong here must not stop the page. */
export function safely<A extends unknown[], R>(
  work: (...given: A) => R,
  onError?: (error: unknown) => void,
): (...given: A) => R | undefined {
  return (...given) => {
    try {
      return work(...given);
    } catch (error) {
      onError?.(error);
      return undefined;
    }
  };
}
