import {expect, test} from 'vitest';
import {SignedFiles} from './signed-files.ts';

/** Returns addresses that are valid for so many minutes, and records the requests. */
function setup(minutes: number) {
  const asked: string[][] = [];
  const files = new SignedFiles(async (ids) => {
    asked.push(ids);
    const expiresAt = new Date(Date.now() + minutes * 60_000).toISOString();
    return ids.map((id) => ({
      id,
      url: `/${id}?${asked.length}`,
      thumbnailUrl: `/${id}/thumbnail`,
      expiresAt,
    }));
  });
  return {files, asked};
}

test('asks for what is wanted at once in calls of a hundred, each image once', async () => {
  const {files, asked} = setup(60);

  const wanted = Array.from({length: 150}, (_, index) => files.address(`file ${index % 120}`));
  const signed = await Promise.all(wanted);
  await files.address('file 3');

  expect(asked.map(({length}) => length)).toEqual([100, 20]);
  expect(signed[149]).toMatchObject({id: 'file 29', url: '/file 29?1'});
});

test('asks again for an address that is over soon, once for all who want it', async () => {
  const {files, asked} = setup(4);
  await files.address('a');

  const signed = await Promise.all([files.address('a'), files.address('a')]);

  expect(asked).toEqual([['a'], ['a']]);
  expect(signed.map(({url}) => url)).toEqual(['/a?2', '/a?2']);
});

test('asks again after a failure, and for another user', async () => {
  let fails = true;
  const {files: good, asked} = setup(60);
  const files = new SignedFiles(async (ids) => {
    if (fails) throw new Error('offline');
    return Promise.all(ids.map((id) => good.address(id)));
  });
  await expect(files.address('a')).rejects.toThrow('offline');
  fails = false;

  await files.address('a');
  files.forget();
  good.forget();
  await files.address('a');

  expect(asked).toEqual([['a'], ['a']]);
});
