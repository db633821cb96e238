/** The origin of an attack: one person, many at one address, or one at each of many addresses. */
export type Crowd = {
  name: 'guest' | 'address' | 'addresses';
  says: string;
  addresses: number;
  attackersEach: number;
  /** What all attacks of a crowd may leave behind: what the rules of rate-rules.ts allow in a minute. */
  mostRows: number;
  mostRedisMiB: number;
};

/** In a minute of attack, a rule allows its burst and what is refilled in the meantime. */
const logWrites = {ofUser: 60 + 60, ofAddress: 1_800 + 600};
const guestsOfAddress = 600 + 600;
/** The rows for adding somebody to a new room: the room, its search key, two memberships, their spans and signals. */
const rowsOfLogWrite = 8;
/** The user and its search key. */
const rowsOfGuest = 2;
/** Audit log entries about the bystanders, who were there before. */
const rowsBesides = 200;
const kibibytesOfGuest = 1;
/** Redis's memory varies by this much while nothing is stored, including its buffers for connections. */
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
