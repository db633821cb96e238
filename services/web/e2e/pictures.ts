/** Pictures to send, and the ways in which people send them. */
import type {Locator} from 'playwright-core';
import {composer, conversation} from './conversation.ts';
import type {Person} from './person.ts';

export type Picture = {name: string; mimeType: string; buffer: Buffer};

/** 48 × 36 pixels, in three colours one after the other. */
const gif = Buffer.from(
  'R0lGODlhMAAkAIAAAExpccJBDCH/C05FVFNDQVBFMi4wAwEAAAAh+QQFFAAAACwAAAAAMAAkAAACKYyPqcvtD6OctNqLs968+w+G4kiW5omm6sq27gvH8kzX9o3n+s73flUAACH5BAUUAAAALAAAAAAwACQAgExpcQ92bgIpjI+py+0Po5y02ouz3rz7D4biSJbmiabqyrbuC8fyTNf2jef6zvd+VQAAIfkEBRQAAAAsAAAAADAAJACATGlxQzjKAimMj6nL7Q+jnLTai7PevPsPhuJIluaJpurKtu4Lx/JM1/aN5/rO935VAAA7',
  'base64',
);
export const framesOfGif = 3;

const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAADAAAAAkCAMAAAD4m0k4AAAAA1BMVEVDOMq5iJkWAAAACXBIWXMAAAPoAAAD6AG1e1JrAAAAFklEQVQ4jWNgGAWjYBSMglEwCoYnAAAG5AAB0JnZAwAAAABJRU5ErkJggg==',
  'base64',
);

/** Three frames of 48 × 36 pixels. */
const animatedPng = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAADAAAAAkCAIAAABAJy5dAAAACGFjVEwAAAADAAAAAM7tusAAAAAaZmNUTAAAAAAAAAAwAAAAJAAAAAAAAAAAAAEACgAAAxl9gwAAAE1JREFUWIXt1kENAEAMAsHViX8hJ6P3mKQCCIEt1T67zhWMoDiUDE3LOsfPgDEOJUPTss4hNAMtDiVD07JwKGDM65jnmvnR/TTbjwPtAca0X58fVferAAAAGmZjVEwAAAABAAAAMAAAACQAAAAAAAAAAAABAAoAAJhql1cAAABUZmRBVAAAAAJYhe2WQQ0AQAzChhs01b+Qk8E9mkwAIdBxDV/dzRVUQehQzFBtGXP8VDCiQzFDtWXMIVQHGjoUM1RbhhxCMMbXUZ8rzo/sp1n/HGgPB6x0bt/TWrUAAAAaZmNUTAAAAAMAAAAwAAAAJAAAAAAAAAAAAAEACgAAdfxEvgAAAFRmZEFUAAAABFiF7ZZBDQBADMIWFPKufyEng3s0mQBCoOMavrqbK6iC0KGYodoy5vipYESHYoZqy5hDqA40dChmqLYMOYRgjK+jPlecH9lPs/450B5IlYk9VXLR/AAAAABJRU5ErkJggg==',
  'base64',
);

/** An animated GIF. An invisible comment makes it as large as necessary. */
export function makeGif(name: string, bytes = 0): Picture {
  const block = Buffer.concat([Buffer.from([255]), Buffer.alloc(255, 'madang ')]);
  const blocks = Array.from({length: Math.ceil(bytes / block.length)}, () => block);
  const comment = Buffer.concat([Buffer.from([0x21, 0xfe]), ...blocks, Buffer.from([0])]);
  const buffer = Buffer.concat([gif.subarray(0, -1), comment, gif.subarray(-1)]);
  return {name, mimeType: 'image/gif', buffer};
}

export function makePng(name: string): Picture {
  return {name, mimeType: 'image/png', buffer: png};
}

export function makeAnimatedPng(name: string): Picture {
  return {name, mimeType: 'image/png', buffer: animatedPng};
}

/** Selects a file with the button beside the field. */
export async function sendByButton({page}: Person, picture: Picture): Promise<void> {
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('button', {name: 'Send an image'}).click();
  await (await chooser).setFiles(picture);
}

export async function sendByPaste(person: Person, picture: Picture): Promise<void> {
  await composer(person).evaluate((field, {name, type, bytes}) => {
    const clipboardData = new DataTransfer();
    clipboardData.items.add(new File([new Uint8Array(bytes)], name, {type}));
    field.dispatchEvent(new ClipboardEvent('paste', {clipboardData, bubbles: true, cancelable: true}));
  }, plain(picture));
}

export async function sendByDrop(person: Person, picture: Picture): Promise<void> {
  await conversation(person).evaluate((log, {name, type, bytes}) => {
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([new Uint8Array(bytes)], name, {type}));
    for (const event of ['dragenter', 'dragover', 'drop'])
      log.dispatchEvent(new DragEvent(event, {dataTransfer, bubbles: true, cancelable: true}));
  }, plain(picture));
}

function plain({name, mimeType, buffer}: Picture) {
  return {name, type: mimeType, bytes: [...buffer]};
}

/** A picture in the conversation. */
export function picture(person: Person, name: string): Locator {
  return conversation(person).getByRole('button', {name: `Open ${name}`});
}

export function progressOf(person: Person, name: string): Locator {
  return person.page.getByRole('progressbar', {name: `Sending ${name}`});
}

/** Returns how the browser shows the picture and its thumbnail, once they are loaded. */
export function looksOf(locator: Locator): Promise<{width: number; height: number; frames: number[]}> {
  return locator.evaluate(async (button) => {
    const images = [...button.querySelectorAll('img')];
    await Promise.all(images.map((image) => image.decode()));
    const frames = images.map(async ({src}) => {
      const answer = await fetch(src);
      const type = answer.headers.get('content-type') ?? '';
      const decoder = new ImageDecoder({data: answer.body!, type});
      await decoder.completed;
      return decoder.tracks.selectedTrack?.frameCount ?? 0;
    });
    const {naturalWidth: width, naturalHeight: height} = images.at(-1)!;
    return {width, height, frames: await Promise.all(frames)};
  });
}

/** Slows down the person's HTTP uploads, until the returned function is called. */
export async function limitUpload({page}: Person, bytesPerSecond: number): Promise<() => Promise<void>> {
  const browser = await page.context().newCDPSession(page);
  await browser.send('Network.emulateNetworkConditions', {
    offline: false,
    latency: 0,
    downloadThroughput: -1,
    uploadThroughput: bytesPerSecond,
  });
  return () => browser.detach();
}
