/**
 * Which part may import which, checked by `npm run check`; docs/architecture.md shows the same table, and a test
 * compares the two. Type-only imports count: a type that points the wrong way is a design that does.
 */
const notShipped = '[.]test[.]tsx?$|/test/|/e2e/';
const foundations = 'calls|identity|audit|stores|lanes';
const features = 'users|rooms|messages|presence|receipts|notifications|files|tenant|keys|events|webhooks';

/** What the sources of a workspace may import of the others. */
export const directions = {
  'packages/protocol': [],
  'packages/runtime': [],
  'packages/processes': [],
  'packages/redis': ['packages/protocol', 'packages/runtime'],
  'packages/database': ['packages/protocol', 'packages/runtime'],
  'packages/client': ['packages/protocol'],
  'packages/react': ['packages/client'],
  'packages/server': ['packages/protocol'],
  'packages/testkit': ['packages/protocol', 'packages/processes', 'packages/database'],
  'services/gateway': ['packages/protocol', 'packages/runtime', 'packages/redis', 'packages/database'],
  'services/worker': ['packages/runtime', 'packages/redis', 'packages/database'],
  'services/migrate': ['packages/runtime', 'packages/database'],
  'services/admin': ['packages/protocol', 'packages/runtime', 'packages/redis', 'packages/database'],
  'services/web': ['packages/client', 'packages/protocol', 'packages/react'],
  'infra/local': ['packages/processes', 'packages/runtime', 'packages/database'],
  'examples/mail-notices': ['packages/server'],
  'examples/order-desk': ['packages/client', 'packages/server'],
};

/** Each library has one owner. */
const owners = {
  'pg|node-pg-migrate': '^packages/database/',
  ioredis: '^packages/redis/',
  'express|express-session|connect-redis|passport|passport-[^/]+|helmet': '^services/gateway/src/http/',
  'socket[.]io|socket[.]io-adapter|@socket[.]io/[^/]+|ws': '^services/gateway/src/(socket|delivery)/',
  'socket[.]io-client': '^packages/(client|testkit)/',
};

const shipped = {path: '^(packages|services|infra/local)/', pathNot: [notShipped, '^packages/testkit/']};

const workspaceRules = Object.entries(directions).map(([workspace, others]) => ({
  name: `${workspace} imports only what docs/architecture.md lists for it`,
  severity: 'error',
  from: {path: `^${workspace}/`, pathNot: notShipped},
  to: {
    path: '^(packages|services|examples|infra|loadtest)/',
    pathNot: [workspace, ...others].map((folder) => `^${folder}/`),
  },
}));

const libraryRules = Object.entries(owners).map(([library, owner]) => ({
  name: `only ${owner} imports ${library}`,
  severity: 'error',
  from: {...shipped, pathNot: [notShipped, owner]},
  to: {path: `(^|/)node_modules/(${library})/`},
}));

export default {
  forbidden: [
    {name: 'no cycles', severity: 'error', from: {}, to: {circular: true}},
    // Those of `virtual:` are made by the build of the web client.
    {
      name: 'every import is found',
      severity: 'error',
      from: {},
      to: {couldNotResolve: true, pathNot: '^virtual:'},
    },
    ...workspaceRules,
    ...libraryRules,
    {
      name: 'http/ imports neither socket/ nor delivery/',
      severity: 'error',
      from: {path: '^services/gateway/src/http/', pathNot: notShipped},
      to: {path: '^services/gateway/src/(socket|delivery)/'},
    },
    {
      name: 'socket/ does not import http/',
      severity: 'error',
      from: {path: '^services/gateway/src/socket/', pathNot: notShipped},
      to: {path: '^services/gateway/src/http/'},
    },
    {
      name: 'delivery/ knows connections as listeners only',
      severity: 'error',
      from: {path: '^services/gateway/src/delivery/'},
      to: {path: `^services/gateway/src/(http|socket|${features})/`},
    },
    {
      name: 'feature folders import neither http/, socket/, delivery/ nor one another',
      severity: 'error',
      from: {path: `^services/gateway/src/(${features})/`, pathNot: notShipped},
      to: {
        path: `^services/gateway/src/(http|socket|delivery|${features})/`,
        pathNot: '^services/gateway/src/$1/',
      },
    },
    {
      name: 'calls/, identity/, audit/, stores/ and lanes/ stand below the feature folders',
      severity: 'error',
      from: {path: `^services/gateway/src/((${foundations})/|context[.]ts$)`, pathNot: notShipped},
      to: {path: `^services/gateway/src/(http|socket|delivery|${features})/`},
    },
    {
      name: 'features and policies name what they need of the node, and do not see the whole of it',
      severity: 'error',
      from: {
        path: `^services/gateway/src/((${features}|delivery)/|calls/access[.]ts$|context[.]ts$)`,
        pathNot: notShipped,
      },
      to: {path: '^services/gateway/src/((node|gateway|operations)[.]ts$|calls/operation[.]ts$)'},
    },
    {
      name: 'what is shipped imports no tests',
      severity: 'error',
      from: shipped,
      to: {path: [notShipped, '^packages/testkit/', '(^|/)node_modules/vitest/']},
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: {fileName: 'tsconfig.json'},
    doNotFollow: {path: 'node_modules'},
    exclude: {path: '^(packages|services|examples|infra|loadtest)/[^/]+/dist/'},
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'types', 'default'],
    },
  },
};
