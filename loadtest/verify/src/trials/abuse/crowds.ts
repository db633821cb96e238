/** From where an attack comes: one person, many at one address, or one at each of many addresses. */
export type Crowd = {
  name: 'guest' | 'address' | 'addresses';
  says: string;
  addresses: number;
  attackersEach: number;
  /** What they may leave behind, all attacks alike: what the rules of rate-rules.ts let through in a minute. */
  mostRows: number;
  mostRedisMiB: number;
};

/** What a rule lets through in a minute of attack is its burst and what comes back meanwhile. */
const logWrites = {ofUser: 60 + 60, ofAddress: 1_800 + 600};
const guestsOfAddress = 600 + 600;
/** Adding somebody to a new room: of the room, its search key, two memberships, their spans and signals. */
const rowsOfLogWrite = 8;
/** The user and its search key. */
const rowsOfGuest = 2;
/** Notes of the audit log about the bystanders, who were there before. */
const rowsBesides = 200;
const kibibytesOfGuest = 1;
/** By so much Redis varies while nothing is kept, with what it buffers for connections. */
const redisMiBBesides = 4;

function crowd(
  name: Crowd['name'],
  says: string,
  {addresses, attackersEach}: Pick<Crowd, 'addresses' | 'attackersEach'>,
): Crowd {
  const written = addresses * Math.min(attackersEach * logWrites.ofUser, logWrites.ofAddress);
  const guests = addresses * guestsOfAddress;
  return {
    name,
    says,
    addresses,
    attackersEach,
    mostRows: Math.max(written * rowsOfLogWrite, guests * rowsOfGuest) + rowsBesides,
    mostRedisMiB: Math.ceil((guests * kibibytesOfGuest) / 1_024) + redisMiBBesides,
  };
}

export const crowds: Crowd[] = [
  crowd('guest', 'one guest', {addresses: 1, attackersEach: 1}),
  crowd('address', 'one address', {addresses: 1, attackersEach: 20}),
  crowd('addresses', 'fifty addresses', {addresses: 50, attackersEach: 1}),
];
