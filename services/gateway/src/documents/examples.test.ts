import {serverEvents, type ServerEventName} from '@madang/protocol/events';
import {Ajv2020} from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import {expect, test} from 'vitest';
import {operations} from '../operations.ts';
import {nameOf} from '../calls/run-operation.ts';
import {describedEvents} from './events.ts';
import {openapiDocument} from './openapi.ts';
import {tags} from './tags.ts';

type Content = Record<string, {schema: object; example?: unknown}>;
type Documented = {
  parameters?: {name: string; description?: string; schema: object; example?: unknown}[];
  requestBody?: {content: Content};
  responses: Record<string, {content?: Content}>;
};
const openapi = JSON.parse(JSON.stringify(openapiDocument(operations)));

const documented = Object.entries<Record<string, Documented>>(openapi.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, each]) => ({name: `${method} ${path}`, ...each})),
);

function faultsOf(schema: object, value: unknown): unknown {
  const ajv = new Ajv2020({strict: false, allErrors: true});
  formats.default(ajv);
  const isValid = ajv.compile({...schema, components: openapi.components});
  isValid(value);
  return isValid.errors;
}

test.each(operations.map((operation) => ({name: nameOf(operation), ...operation})))(
  'the example of $name is what the server takes and answers',
  ({input, result, example, http}) => {
    expect(input.safeParse(example.input).error).toBeUndefined();
    if (http?.answers !== 'file') expect(result.safeParse(example.result).error).toBeUndefined();
  },
);

test.each(Object.entries(describedEvents))('the example of the event %s fits it', (event, {example}) => {
  expect(serverEvents[event as ServerEventName].safeParse(example).error).toBeUndefined();
});

test.each(documented)(
  'the examples of $name fit the schemas beside them',
  ({parameters = [], requestBody, responses}) => {
    const contents = [requestBody, ...Object.values(responses)].flatMap((each) =>
      Object.values(each?.content ?? {}),
    );

    for (const {schema, example} of [...parameters, ...contents]) {
      if (example !== undefined) expect(faultsOf(schema, example)).toBeNull();
    }
  },
);

test('every operation over HTTP has an example of what it takes and what it answers', () => {
  const withoutExample = documented.filter(({name, parameters = [], requestBody, responses}) => {
    const isExemplified = Object.values(requestBody?.content ?? {}).every(
      ({example}) => example !== undefined,
    );
    const answers = Object.entries(responses).filter(([status]) => status.startsWith('2'));
    const isAnswered = answers.every(
      ([status, {content = {}}]) =>
        status === '204' ||
        Object.entries(content).every(([type, {example}]) => type === 'image/*' || example !== undefined),
    );
    return (
      !name.includes('/auth/github') &&
      !(isExemplified && isAnswered && parameters.every(({description}) => description))
    );
  });

  expect(withoutExample.map(({name}) => name)).toEqual([]);
});

test('every tag is used', () => {
  const used = [...operations, ...Object.values(describedEvents)].map(({tag}) => tag);

  expect([...new Set(used)].toSorted()).toEqual(Object.keys(tags).toSorted());
});
