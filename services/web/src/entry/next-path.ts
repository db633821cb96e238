/** Where to go after signing in: the page asked for, if it is one of ours; another site's address never is. */
export function pathAfterEntry(search: URLSearchParams): string {
  const next = search.get('next') ?? '/';
  const base = 'https://here.invalid';
  const url = URL.parse(next, base);
  if (url === null || url.origin !== base || !next.startsWith('/')) return '/';
  return url.pathname.startsWith('/sign-in') ? '/' : url.pathname + url.search;
}
