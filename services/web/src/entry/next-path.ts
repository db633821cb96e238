/** Returns where to go after signing in: the requested page, if it is one of ours. It is never another site's address. */
export function pathAfterEntry(search: URLSearchParams): string {
  const next = search.get('next') ?? '/';
  const base = 'https://here.invalid';
  const url = URL.parse(next, base);
  if (url === null || url.origin !== base || !next.startsWith('/')) return '/';
  return url.pathname.startsWith('/sign-in') ? '/' : url.pathname + url.search;
}
