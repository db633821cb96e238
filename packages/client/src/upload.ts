import {limits} from '@madang/protocol/limits';
import {CallError} from './call-error.ts';

export type UploadOptions = {
  /** The part of the file that has been sent, from 0 to 1. Reported in browsers only. */
  onProgress?: (part: number) => void;
  signal?: AbortSignal;
};

type Post = {headers: Record<string, string>; credentials: 'include' | 'omit'; body: FormData};

/** The part of XMLHttpRequest used here; Node's types do not have it. */
type Request = {
  upload: {onprogress: (event: {loaded: number; total: number}) => void};
  withCredentials: boolean;
  status: number;
  responseText: string;
  onload: () => void;
  onerror: () => void;
  onabort: () => void;
  open(method: string, url: string): void;
  setRequestHeader(name: string, value: string): void;
  send(body: FormData): void;
  abort(): void;
};

/** Posts as `fetch` does, and reports the progress. Rejects when no answer comes. */
export function postWithProgress(
  url: string,
  {headers, credentials, body}: Post,
  {onProgress, signal}: UploadOptions,
): Promise<{status: number; text: string}> {
  const {XMLHttpRequest} = globalThis as unknown as {XMLHttpRequest: new () => Request};
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const fail = () => reject(signal?.aborted === true ? signal.reason : new Error('no answer came'));
    const abort = () => request.abort();
    if (signal?.aborted === true) return fail();
    signal?.addEventListener('abort', abort);
    request.open('POST', url);
    request.withCredentials = credentials === 'include';
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = ({loaded, total}) => onProgress?.(total === 0 ? 0 : loaded / total);
    request.onload = () => {
      signal?.removeEventListener('abort', abort);
      resolve({status: request.status, text: request.responseText});
    };
    request.onerror = fail;
    request.onabort = fail;
    request.send(body);
  });
}

/** Throws `too_large` for a file that the server would refuse only after receiving all of it. */
export function checkUploadSize(bytes: number): void {
  if (bytes > limits.uploadBytes) {
    throw new CallError('too_large', {details: {bytes, limit: limits.uploadBytes}});
  }
}
