import {rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {expect, inject, test} from 'vitest';
import {run} from './environment.ts';

const cwd = join(import.meta.dirname, '..');

test('the blocking client is the one that make_sync.py writes', () => {
  expect(run(inject('python'), ['scripts/make_sync.py', '--check'], {cwd})).toBe('');
});

test.each(['test_tokens.py', 'test_options.py'])('%s passes', (file) => {
  const env = {...process.env, PYTHONPATH: join(cwd, 'src'), PYTHONDONTWRITEBYTECODE: '1'};

  expect(run(inject('python'), ['-W', 'error', join('test', file)], {cwd, env})).toBe('passed\n');
});

test('the types pass mypy --strict', () => {
  const cache = join(tmpdir(), `madang-mypy-${process.pid}`);
  try {
    expect(run(inject('python'), ['-m', 'mypy', '--cache-dir', cache], {cwd})).toMatch(/^Success/);
  } finally {
    rmSync(cache, {recursive: true, force: true});
  }
});
