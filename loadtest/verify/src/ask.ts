import {request} from '@madang/testkit/raw-client';
import {waitFor} from '@madang/testkit/wait-for';

const askWithinMs = 15_000;

/** Reads by HTTP, and retries temporary refusals. */
export async function ask<Body>(url: string, path: string, cookie: string): Promise<Body> {
  const answer = await waitFor(
    async () => {
      const {status, body} = await request(url, 'GET', path, {cookie});
      if (status !== 200 && !body.error?.retryable) throw new Error(`${path}: ${JSON.stringify(body)}`);
      return status === 200 && body;
    },
    {timeoutMs: askWithinMs, what: path, everyMs: 300},
  );
  return answer as Body;
}
