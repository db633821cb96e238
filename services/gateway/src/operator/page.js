/** Shows the status of the cluster, and reads it again each second. */
const texts = {
  en: {
    nodes: 'Nodes',
    stores: 'Stores',
    tenants: 'Products today',
    errors: 'Errors since start',
    name: 'node',
    version: 'version',
    state: 'state',
    ready: 'ready',
    notReady: 'not ready',
    deaf: 'hears no broadcasts',
    mute: 'is not heard',
    'deaf and mute': 'neither hears nor is heard',
    connections: 'connections',
    rooms: 'rooms',
    callsPerSecond: 'calls/s',
    sendsPerSecond: 'sends/s',
    framesPerSecond: 'deliveries/s',
    canaryMs: 'broadcast ms',
    pulseAgeMs: 'pulse ms',
    memory: 'memory',
    uptime: 'up for',
    store: 'store',
    used: 'used',
    most: 'most',
    size: 'size',
    away: 'does not answer',
    redisAway: 'no Redis',
    postgresAway: 'no Postgres',
    tenant: 'product',
    messages: 'messages',
    calls: 'calls',
    code: 'cause',
    count: 'times',
    last: 'last',
    none: 'None.',
    fine: (nodes, people) => `${nodes} nodes, ${people} connections, all is well`,
    trouble: (nodes, people, what) => `${nodes} nodes, ${people} connections, trouble: ${what}`,
    stale: (seconds) => `No answer for ${seconds} s; what is shown is older`,
  },
  ko: {
    nodes: '노드',
    stores: '저장소',
    tenants: '오늘의 제품',
    errors: '시작 이후 오류',
    name: '노드',
    version: '버전',
    state: '상태',
    ready: '정상',
    notReady: '준비 안 됨',
    deaf: '방송을 듣지 못함',
    mute: '방송이 들리지 않음',
    'deaf and mute': '방송을 주고받지 못함',
    connections: '연결',
    rooms: '방',
    callsPerSecond: '호출/초',
    sendsPerSecond: '전송/초',
    framesPerSecond: '전달/초',
    canaryMs: '방송 ms',
    pulseAgeMs: '펄스 ms',
    memory: '메모리',
    uptime: '가동 시간',
    store: '저장소',
    used: '사용',
    most: '한도',
    size: '크기',
    away: '응답 없음',
    redisAway: 'Redis 없음',
    postgresAway: 'Postgres 없음',
    tenant: '제품',
    messages: '메시지',
    calls: '호출',
    code: '원인',
    count: '횟수',
    last: '마지막',
    none: '없음',
    fine: (nodes, people) => `노드 ${nodes}개, 연결 ${people}개, 모두 정상`,
    trouble: (nodes, people, what) => `노드 ${nodes}개, 연결 ${people}개, 문제: ${what}`,
    stale: (seconds) => `${seconds}초 동안 응답 없음; 이전 상태가 표시됨`,
  },
};
const language = navigator.language.startsWith('ko') ? 'ko' : 'en';
const text = texts[language];
const everyMs = 1_000;
const number = new Intl.NumberFormat(language);

const bytes = (value) => {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = value > 0 ? Math.min(units.length - 1, Math.floor(Math.log2(value) / 10)) : 0;
  return `${number.format(Number((value / 1024 ** power).toPrecision(3)))} ${units[power]}`;
};
const duration = (since) => {
  const minutes = Math.floor((Date.now() - Date.parse(since)) / 60_000);
  const [days, hours] = [Math.floor(minutes / 1_440), Math.floor((minutes % 1_440) / 60)];
  return days > 0 ? `${days} d ${hours} h` : hours > 0 ? `${hours} h ${minutes % 60} min` : `${minutes} min`;
};

/** What is wrong with a node, in words. */
function troubleOf(node) {
  if (node.failure) return text[node.failure] ?? node.failure;
  if (!node.redisUp) return text.redisAway;
  if (!node.postgresUp) return text.postgresAway;
  return node.ready ? undefined : text.notReady;
}

/** Fills a table in place; only text is written, never markup. */
function show(id, columns, rows) {
  const table = document.createElement('table');
  const head = table.createTHead().insertRow();
  for (const {label, isNumber} of columns) {
    const cell = document.createElement('th');
    cell.scope = 'col';
    cell.textContent = label;
    if (isNumber) cell.className = 'number';
    head.append(cell);
  }
  const body = table.createTBody();
  for (const row of rows) {
    const line = body.insertRow();
    for (const {label, isNumber, of, look} of columns) {
      const cell = line.insertCell();
      cell.dataset.label = label;
      cell.textContent = of(row);
      cell.className = [isNumber ? 'number' : '', look?.(row) ?? ''].join(' ').trim();
    }
  }
  const none = document.createElement('p');
  none.textContent = text.none;
  document.getElementById(id).replaceChildren(rows.length > 0 ? table : none);
}

const numbers = (...names) =>
  names.map((name) => ({
    label: text[name],
    isNumber: true,
    of: (row) => (row[name] === undefined ? '–' : number.format(row[name])),
  }));

const nodeColumns = [
  {label: text.name, of: ({name}) => name},
  {label: text.version, of: ({version}) => version},
  {
    label: text.state,
    of: (node) => troubleOf(node) ?? text.ready,
    look: (node) => (troubleOf(node) ? 'bad' : 'good'),
  },
  ...numbers(
    'connections',
    'rooms',
    'callsPerSecond',
    'sendsPerSecond',
    'framesPerSecond',
    'canaryMs',
    'pulseAgeMs',
  ),
  {label: text.memory, isNumber: true, of: ({memoryBytes}) => bytes(memoryBytes)},
  {label: text.uptime, isNumber: true, of: ({startedAt}) => duration(startedAt)},
];
const storeColumns = [
  {label: text.store, of: ({name}) => name},
  {
    label: text.state,
    of: ({isUp}) => (isUp ? text.ready : text.away),
    look: ({isUp}) => (isUp ? 'good' : 'bad'),
  },
  {label: text.used, isNumber: true, of: ({used}) => used ?? '–'},
  {label: text.most, isNumber: true, of: ({most}) => most ?? '–'},
  {label: text.size, isNumber: true, of: ({size}) => size ?? '–'},
];
const tenantColumns = [
  {label: text.tenant, of: ({name}) => name},
  ...numbers('messages', 'calls', 'connections'),
];
const errorColumns = [
  {label: text.name, of: ({node}) => node},
  {label: text.code, of: ({code}) => code},
  ...numbers('count'),
  {label: text.last, of: ({lastAt}) => new Date(lastAt).toLocaleTimeString(language)},
];

function storesOf({postgres, redis}) {
  return [
    postgres
      ? {
          name: `Postgres ${postgres.version}`,
          isUp: true,
          used: `${number.format(postgres.connections)} ${text.connections}`,
          most: number.format(postgres.maxConnections),
          size: bytes(postgres.databaseBytes),
        }
      : {name: 'Postgres', isUp: false},
    redis
      ? {
          name: 'Redis',
          isUp: true,
          used: bytes(redis.memoryBytes),
          most: redis.maxMemoryBytes > 0 ? bytes(redis.maxMemoryBytes) : '–',
        }
      : {name: 'Redis', isUp: false},
  ];
}

function draw(status) {
  const {nodes, tenants} = status;
  const stores = storesOf(status);
  const errors = nodes.flatMap(({name, errors: found}) => found.map((each) => ({...each, node: name})));
  const troubles = [
    ...nodes.flatMap((node) => (troubleOf(node) ? [`${node.name}: ${troubleOf(node)}`] : [])),
    ...stores.filter(({isUp}) => !isUp).map(({name}) => `${name}: ${text.away}`),
  ];
  const people = number.format(nodes.reduce((sum, {connections}) => sum + connections, 0));
  const summary = document.getElementById('summary');
  summary.textContent =
    troubles.length > 0
      ? text.trouble(nodes.length, people, troubles.join('; '))
      : text.fine(nodes.length, people);
  summary.className = troubles.length > 0 ? 'bad' : 'good';
  show('nodes', nodeColumns, nodes);
  show('stores', storeColumns, stores);
  show('tenants', tenantColumns, tenants);
  show(
    'errors',
    errorColumns,
    errors.toSorted((one, other) => (one.lastAt < other.lastAt ? 1 : -1)),
  );
}

let answeredAt = Date.now();

async function look() {
  try {
    const answer = await fetch('/operator/status', {signal: AbortSignal.timeout(5_000)});
    if (!answer.ok) throw new Error(String(answer.status));
    draw(await answer.json());
    answeredAt = Date.now();
  } catch {
    const summary = document.getElementById('summary');
    summary.textContent = text.stale(Math.round((Date.now() - answeredAt) / 1_000));
    summary.className = 'bad';
  }
  setTimeout(look, everyMs);
}

document.documentElement.lang = language;
for (const element of document.querySelectorAll('[data-text]'))
  element.textContent = text[element.dataset.text];
void look();
