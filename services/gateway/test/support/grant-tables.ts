/** Design §2 of the shared backend, as two tables: what each grant allows to whom, and to whom each preset gives it. */
import type {PresetName} from '@madang/protocol/policy-presets';
import type {Grant, Holder, Right} from '@madang/protocol/policy';
import type {Actor} from './preset-cast.ts';

/**
 * Who may do it, by who holds the grant: s(tranger), m(ember), mo(d)erator, o(wner), a service of the product (k). n/a:
 * the grant has no such holder. A deed that requires a higher rank than somebody else's, or the owner, always requires
 * it.
 */
const allowed = `
  grant     operation                  anyone  member  moderator  owner  service
  create    room:create                sk      n/a     n/a        n/a    k
  join      room:join                  sk      n/a     n/a        n/a    k
  add       member:add                 n/a     mdok    dok        ok     k
  add       invite:create              n/a     mdok    dok        ok     k
  members   room:members               n/a     mdok    dok        ok     k
  history   message:list               n/a     mdok    dok        ok     k
  history   message:search             n/a     mdok    dok        ok     k
  history   room:sync                  n/a     mdok    dok        ok     k
  send      message:send               n/a     mdok    dok        ok     k
  send      reaction:set               n/a     mdok    dok        ok     k
  attach    message:send+image         n/a     mdok    dok        ok     k
  data      message:send+data          n/a     mdok    dok        ok     k
  data      message:edit+data          n/a     mdok    dok        ok     k
  edit      message:edit               n/a     mdok    dok        ok     k
  delete    message:delete             n/a     mdok    dok        ok     k
  moderate  message:delete+another's   n/a     mdok    dok        ok     k
  moderate  message:pin                n/a     mdok    dok        ok     k
  moderate  member:update+mute         n/a     dok     dok        ok     k
  moderate  member:remove              n/a     dok     dok        ok     k
  moderate  member:update+ban          n/a     dok     dok        ok     k
  manage    room:update                n/a     mdok    dok        ok     k
  manage    room:truncate              n/a     mdok    dok        ok     k
  manage    member:update+role         n/a     ok      ok         ok     k
  manage    room:close                 n/a     mdok    dok        ok     k
`;

/** To whom each preset gives the grants. */
const given = `
  grant     community  team       support
  create    anyone     anyone     service
  join      anyone     anyone     service
  add       moderator  moderator  service
  members   member     member     member
  history   member     member     service
  send      member     member     member
  attach    member     member     member
  data      member     member     member
  edit      member     member     member
  delete    member     member     member
  moderate  moderator  moderator  moderator
  manage    owner      owner      owner
`;

/** What the presets allow people outside of rooms. */
const outside = `
  right          community  team  support
  createPublic   +          +     -
  createPrivate  +          +     -
  direct         +          +     -
  directory      +          +     -
  rename         +          -     -
`;

const letters: Record<string, Actor> = {s: 'stranger', m: 'member', d: 'moderator', o: 'owner', k: 'service'};

/** Something that a grant allows; `what` distinguishes ways of calling one operation. */
export type Deed = {grant: Grant; name: string; what: string | undefined; may: Map<Holder, Actor[]>};

export const deeds: Deed[] = readRows(allowed).map(({grant, operation, ...columns}) => {
  const [name, what] = operation!.split('+') as [string, string | undefined];
  const cells = Object.entries(columns).filter(([, cell]) => cell !== 'n/a') as [Holder, string][];
  const may = cells.map(([holder, cell]) => [holder, cell.split('').map((each) => letters[each]!)] as const);
  return {grant: grant as Grant, name, what, may: new Map(may)};
});

/** The holders that a grant can have. */
export function holdersOf(grant: Grant): Holder[] {
  return [...(deeds.find((deed) => deed.grant === grant)?.may.keys() ?? [])];
}

export const presetHolders = new Map<Grant, Record<PresetName, Holder>>(
  readRows(given).map(({grant, ...columns}) => [grant as Grant, columns as Record<PresetName, Holder>]),
);

export const presetRights = new Map<Right, Record<PresetName, '+' | '-'>>(
  readRows(outside).map(({right, ...columns}) => [right as Right, columns as Record<PresetName, '+' | '-'>]),
);

/** The lines of a table, by column name. */
function readRows(table: string): Record<string, string>[] {
  const [heading, ...lines] = table.split('\n').filter((line) => line.trim() !== '');
  const columns = heading!.trim().split(/\s+/);
  return lines.map((line) => {
    const cells = line.trim().split(/\s+/);
    return Object.fromEntries(columns.map((column, no) => [column, cells[no]!]));
  });
}
