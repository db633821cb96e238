/** From where an attack comes: one person, many at one address, or one at each of many addresses. */
export type Crowd = {
  name: 'guest' | 'address' | 'addresses';
  says: string;
  addresses: number;
  attackersEach: number;
  /** What they may leave behind, all attacks alike: what the limits allow in a minute, and some room above it. */
  mostRows: number;
  mostRedisMiB: number;
};

export const crowds: Crowd[] = [
  {name: 'guest', says: 'one guest', addresses: 1, attackersEach: 1, mostRows: 3_000, mostRedisMiB: 8},
  {name: 'address', says: 'one address', addresses: 1, attackersEach: 20, mostRows: 20_000, mostRedisMiB: 16},
  {
    name: 'addresses',
    says: 'fifty addresses',
    addresses: 50,
    attackersEach: 1,
    mostRows: 200_000,
    mostRedisMiB: 128,
  },
];
