export function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
}

export function waitUntil(at: number): Promise<void> {
  return wait(at - Date.now());
}
