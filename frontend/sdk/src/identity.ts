/** Returns the subject of an access token; undefined if it is none. Only the API checks that it is true. */
export function subjectOf(token: string): string | undefined {
  try {
    const claims = token.split('.')[1] as string;
    const subject = JSON.parse(atob(claims.replace(/-/g, '+').replace(/_/g, '/'))).sub;
    return typeof subject === 'string' && subject ? subject : undefined;
  } catch {
    return undefined;
  }
}
