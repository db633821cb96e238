/**
 * RATE_LIMITS for tests and load on one machine: all users call from one address, and a few users do in a minute what
 * people do in a day. Tests of the limits themselves use the defaults.
 */
export const crowdedRates = [
  'reads=1000/1',
  'reads-per-address=100000/1',
  'writes=1000/1',
  'writes-per-address=100000/1',
  'log-writes=1000/1',
  'log-writes-per-address=100000/1',
  'searches=1000/1',
  'searches-per-address=100000/1',
  'heavy-calls=1000/1',
  'heavy-calls-per-address=100000/1',
  'sends-per-address=1000000/1',
  'session-starts=1000/1',
  'joins=100000/3600',
  'additions=100000/3600',
  'requests-per-address=100000/1',
].join(',');
