import {CallError, type User} from '@madang/client/client';
import {newClientId} from '@madang/client/client-id';
import {createStore} from 'zustand/vanilla';
import {client} from './client.ts';
import {openedId} from './new-whisper.ts';

/** An image that is being uploaded to a room. */
export type Upload = {
  id: string;
  roomId: string;
  /** The `seq` of the root, if the image is sent to a thread. */
  threadOf?: number | undefined;
  file: File;
  /** Shows it before it is uploaded. */
  previewUrl: string;
  /** The part that has been sent, from 0 to 1. */
  progress: number;
  /** Why the server refuses it. */
  error?: unknown;
};

export const uploads = createStore<{list: readonly Upload[]}>(() => ({list: []}));

/** The types that the server accepts. The server decides by the file's own bytes. */
export const acceptedTypes = 'image/png,image/jpeg,image/gif,image/webp';

const retryMs = 1_000;
const retryMaxMs = 15_000;
const running = new Map<string, AbortController>();

/**
 * Uploads images, with retries, and sends each as a message once it is uploaded. An image that cannot be sent shows the
 * reason in its place.
 */
export function sendFiles(
  {roomId, threadOf}: Pick<Upload, 'roomId' | 'threadOf'>,
  files: Iterable<File>,
  mutedUntil?: string,
): void {
  for (const file of files) {
    const error = errorOf(file, mutedUntil);
    const upload: Upload = {
      id: newClientId(),
      roomId,
      threadOf,
      file,
      previewUrl: URL.createObjectURL(file),
      progress: 0,
      ...(error && {error}),
    };
    uploads.setState(({list}) => ({list: [...list, upload]}));
    if (error === undefined) void run(upload, client.user);
  }
}

/** Returns why a file need not be uploaded at all. For a folder or an unknown type, a browser gives no type. */
function errorOf({type}: File, mutedUntil: string | undefined): CallError | undefined {
  if (!acceptedTypes.split(',').includes(type)) return new CallError('unsupported');
  return mutedUntil === undefined ? undefined : new CallError('forbidden', {details: {mutedUntil}});
}

export function retryUpload(upload: Upload): void {
  change(upload.id, {progress: 0, error: undefined});
  void run(upload, client.user);
}

/** Removes an image that is not sent yet. */
export function discardUpload(id: string): void {
  running.get(id)?.abort();
  running.delete(id);
  const upload = uploads.getState().list.find((one) => one.id === id);
  if (upload !== undefined) URL.revokeObjectURL(upload.previewUrl);
  uploads.setState(({list}) => ({list: list.filter((one) => one.id !== id)}));
}

async function run({id, roomId, threadOf, file}: Upload, user: User | undefined): Promise<void> {
  const abort = new AbortController();
  running.set(id, abort);
  const {signal} = abort;
  for (let waitMs = retryMs; !signal.aborted; waitMs = Math.min(retryMaxMs, 2 * waitMs)) {
    try {
      await checkReadable(file);
      const options = {signal, onProgress: (progress: number) => change(id, {progress})};
      const attachment = await client.upload(file, options);
      if (signal.aborted || client.user?.id !== user?.id) return discardUpload(id);
      // Every attempt has the same clientId, so the message is stored once.
      void client
        .send(await openedId(roomId), {
          clientId: id,
          attachmentIds: [attachment.id],
          ...(threadOf !== undefined && {threadOf}),
        })
        .catch(() => undefined);
      return discardUpload(id);
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof CallError) || !error.retryable) return change(id, {error});
      change(id, {progress: 0});
      await new Promise((resolve) => setTimeout(resolve, Math.max(waitMs, error.retryAfterMs ?? 0)));
    }
  }
}

/**
 * A chosen file may have been removed or changed. No attempt will send it, though each failure looks like a lost
 * connection.
 */
async function checkReadable(file: File): Promise<void> {
  const isReadable = await file
    .slice(0, 1)
    .arrayBuffer()
    .then(
      ({byteLength}) => byteLength === 1,
      () => false,
    );
  if (!isReadable) throw new CallError('not_found');
}

function change(id: string, part: Partial<Upload>): void {
  uploads.setState(({list}) => ({list: list.map((one) => (one.id === id ? {...one, ...part} : one))}));
}

client.on('session', (user) => {
  if (user !== undefined) return;
  for (const {id} of uploads.getState().list) discardUpload(id);
});
