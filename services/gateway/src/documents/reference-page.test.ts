import {calls} from '@madang/protocol/calls';
import {serverEvents} from '@madang/protocol/events';
import {expect, test} from 'vitest';
import {operations} from '../operations.ts';
import {nameOf} from '../calls/run-operation.ts';
import {providerPaths} from './provider-paths.ts';
import {referencePage} from './reference-page.ts';
import {createReference} from './reference.ts';

const reference = createReference(operations);
const page = referencePage(reference, {stylesheet: 'docs.css'});
const valuesOf = (attribute: string) =>
  [...page.matchAll(new RegExp(` ${attribute}="([^"]*)"`, 'g'))].map(([, value]) => value!);

test('has every operation and every event, each in one group', () => {
  const {groups} = reference;

  expect(groups.flatMap((group) => group.operations.map(({name}) => name)).toSorted()).toEqual(
    [...operations.map(nameOf), ...Object.keys(providerPaths).map((path) => `GET ${path}`)].toSorted(),
  );
  expect(groups.flatMap((group) => group.events.map(({name}) => name)).toSorted()).toEqual(
    Object.keys(serverEvents).toSorted(),
  );
  for (const name of Object.keys(calls)) expect(page).toContain(`<code>${name}</code>`);
});

test('every link within the page leads to one place', () => {
  const ids = valuesOf('id');
  const anchors = valuesOf('href').filter((href) => href.startsWith('#'));

  expect(ids.toSorted()).toEqual([...new Set(ids)].toSorted());
  expect(anchors.length).toBeGreaterThan(100);
  expect(anchors.filter((anchor) => !ids.includes(anchor.slice(1)))).toEqual([]);
  expect(valuesOf('aria-labelledby').filter((id) => !ids.includes(id))).toEqual([]);
});

test('takes nothing from elsewhere', () => {
  const addresses = [...valuesOf('href'), ...valuesOf('src')].filter((address) => !address.startsWith('#'));

  expect(addresses).toEqual(['docs.css', 'openapi.json', 'asyncapi.json']);
});

test('shows what is between angle brackets as text', () => {
  const [group] = reference.groups;
  const hostile = {...group!, description: 'A `<b>` & <script>alert("1")</script>'};
  const {groups: _, ...rest} = reference;
  const written = referencePage({...rest, groups: [hostile]}, {stylesheet: 'docs.css'});

  expect(written).toContain(
    'A <code>&lt;b&gt;</code> &amp; &lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;',
  );
});
