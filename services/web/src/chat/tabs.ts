import {basePath} from './client.ts';

type News = {signedOut: string};

/** The tabs of this browser share one session. The server's reason for its end does not say that one of them ended it. */
const tabs = new BroadcastChannel(`madang.session${basePath}`);

export function tellSignedOut(userId: string): void {
  tabs.postMessage({signedOut: userId} satisfies News);
}

/** Calls back when another tab has signed this user out. */
export function onSignedOut(listener: (userId: string) => void): void {
  tabs.addEventListener('message', ({data}: MessageEvent<News>) => listener(data.signedOut));
}
