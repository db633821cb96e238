/** Policies to copy: a tenant keeps what it was given, so no release changes the rules of a product. */
import {policy, type GivenPolicy, type Policy, type RoomType} from './policy.ts';

export const presetNames = ['community', 'team', 'support'] as const;
export type PresetName = (typeof presetNames)[number];

const plain = {};

/** Every rule that tenants had before there were policies. */
const community: GivenPolicy = {defaultRooms: ['general'], types: {room: plain, direct: plain}};

const fairShare = {
  key: {calls: 200, sends: 500},
  tenant: {calls: 2_000, sends: 2_000, connections: 20_000, deliveries: 200_000},
};
const byTicketAlone = {register: false, guests: false};

/** Colleagues, whom a product signs in. */
const team: GivenPolicy = {
  eventDays: 7,
  defaultRooms: ['general'],
  signIn: byTicketAlone,
  people: {rename: 'service'},
  types: {
    room: {guests: 'none', closedDays: 30},
    direct: {guests: 'none', visibility: 'private', closedDays: 30},
  },
  limits: fairShare,
};

const overseen = {
  visibility: 'private',
  guests: 'none',
  oversight: true,
  keepDays: 365,
  closedDays: 365,
  grants: {create: 'service', join: 'service', add: 'service', history: 'service'},
} as const;

/** Customers, each in rooms that the product makes. */
const support: GivenPolicy = {
  eventDays: 7,
  signIn: byTicketAlone,
  people: {directory: false, rename: 'service', direct: 'service', reserved: ['Support', 'Support Team']},
  types: {room: overseen, direct: overseen},
  limits: fairShare,
};

const presets = {community, team, support};

/** The preset as a whole document. */
export function presetPolicy(preset: PresetName, name?: string): Policy {
  return policy.parse({...presets[preset], name});
}

/** A stored policy, which an older release may have written: what it does not say has the rule of `community`. */
export function completePolicy(stored: GivenPolicy): Policy {
  const base = presetPolicy('community');
  const completeType = (type: GivenPolicy['types'][string]): RoomType => ({
    ...base.types.room,
    ...type,
    grants: {...base.types.room.grants, ...type.grants},
  });
  return {
    ...base,
    ...stored,
    signIn: {...base.signIn, ...stored.signIn} as Policy['signIn'],
    people: {...base.people, ...stored.people},
    types: Object.fromEntries(
      Object.entries(stored.types).map(([name, type]) => [name, completeType(type)]),
    ) as Policy['types'],
    limits: {...base.limits, ...stored.limits} as Policy['limits'],
    quotas: {...base.quotas, ...stored.quotas},
  };
}
