import {path, type Http} from './http.ts';
import {SignedFiles} from './signed-files.ts';
import {checkUploadSize, type UploadOptions} from './upload.ts';
import type {Attachment, Calls} from './wire.ts';

type Deps = {
  http: Http;
  address: string;
  sign: (ids: string[]) => Promise<Calls['file:sign']['result']['files']>;
  /** Whether the client has a token, which an `<img>` cannot send. */
  hasToken: () => boolean;
};

/** A client's images: it uploads them and returns the addresses under which they are shown. */
export class Files {
  readonly #deps: Deps;
  readonly #signed: SignedFiles;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#signed = new SignedFiles(deps.sign);
  }

  /** `ended` aborts when the user's work ends. */
  async upload(
    file: Blob & {name?: string},
    ended: AbortSignal,
    options: UploadOptions,
  ): Promise<Attachment> {
    checkUploadSize(file.size);
    const {name = 'image'} = file;
    const signal = options.signal === undefined ? ended : AbortSignal.any([options.signal, ended]);
    const {attachment} = await this.#deps.http.upload<{attachment: Attachment}>('/files', file, name, {
      ...options,
      signal,
    });
    return attachment;
  }

  async url(id: string, isThumbnail: boolean): Promise<string> {
    const {address, hasToken} = this.#deps;
    if (!hasToken()) return `${address}/api/v1${path`/files/${id}`}${isThumbnail ? '/thumbnail' : ''}`;
    const {url, thumbnailUrl} = await this.#signed.address(id);
    return address + (isThumbnail ? thumbnailUrl : url);
  }

  /** Forgets the addresses, because they belong to the user who asked for them. */
  forget(): void {
    this.#signed.forget();
  }
}
