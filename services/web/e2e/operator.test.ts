import {afterAll, afterEach, beforeAll, expect, test} from 'vitest';
import {RawClient, signInGuest} from '@madang/testkit/raw-client';
import {Stage} from './stage.ts';

const secret = 'an operator secret of the tests';

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open({gateways: 2, env: {OPERATOR_SECRET: secret}});
});
afterEach(() => stage.clear());
afterAll(() => stage.close());

test.each([
  ['en-US', {width: 360, height: 740}, 'all is well', 'Nodes'],
  ['ko-KR', {width: 1280, height: 800}, '모두 정상', '노드'],
])(
  'the operators’ page in %s at %j is live without a refresh, and nothing is cut off',
  async (locale, viewport, fine, title) => {
    const at = new URL(stage.cluster.gateways[0]!.metricsUrl).origin;
    const operator = await stage.enter({
      at,
      locale,
      viewport,
      httpCredentials: {username: 'operator', password: secret},
    });
    await operator.goTo('/operator');
    await operator.page.getByRole('heading', {name: title}).waitFor();
    await operator.page.getByRole('status').getByText(fine).waitFor();
    const people = () => operator.page.getByRole('status').textContent();
    const before = await people();

    const client = await RawClient.connect(stage.nodeUrl(1), await signInGuest(stage.nodeUrl(1)));
    await expect.poll(people, {timeout: 5_000}).not.toBe(before);
    client.close();

    const widths = await operator.page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    expect(widths[0]).toBeLessThanOrEqual(widths[1]!);
  },
);
