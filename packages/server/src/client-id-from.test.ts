import {expect, test} from 'vitest';
import {clientIdFrom} from './client-id-from.ts';

// Made by Python's uuid.uuid5(uuid.NAMESPACE_URL, text).
test.each([
  ['old-1', '2bc09d4b-7d2b-5d30-bf48-7bc0ebffd1a5'],
  ['', '1b4db7eb-4057-5ddf-91e0-36dec72071f5'],
  ['안녕', 'b17d18a9-db01-55c7-b975-6a004cd237dc'],
])('the id of %j is the one that other languages make', (text, id) => {
  expect(clientIdFrom(text)).toBe(id);
});
