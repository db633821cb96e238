import {useSyncExternalStore} from 'react';

const lessMotion = () => matchMedia('(prefers-reduced-motion: reduce)');

function follow(onChange: () => void): () => void {
  const query = lessMotion();
  query.addEventListener('change', onChange);
  return () => query.removeEventListener('change', onChange);
}

/**
 * Whether a picture of this type must not start moving by itself. Every type but JPEG may be animated, and its name does
 * not say.
 */
export function useStillness(type: string): boolean {
  const prefersLess = useSyncExternalStore(follow, () => lessMotion().matches);
  return prefersLess && type !== 'image/jpeg';
}
