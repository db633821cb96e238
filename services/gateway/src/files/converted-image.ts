/** Decodes and encodes what people upload, outside this process. Throws why an image is not taken. */
export type Images = {
  /** `withinMs`: how long it may take, the wait in line included; after that, `overloaded`. */
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
