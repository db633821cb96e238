/** Decodes and encodes uploads, outside this process. Throws the reason if an image is refused. */
export type Images = {
  /** `withinMs`: how long it may take, including the wait in line; after that, it throws `overloaded`. */
  convert(bytes: Buffer, options?: {withinMs?: number}): Promise<ConvertedImage>;
  close(): void;
};

export type ConvertedImage = {
  type: string;
  width: number;
  height: number;
  image: Uint8Array;
  thumbnail: {type: string; image: Uint8Array};
};
