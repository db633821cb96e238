/** A product's backend, with a key that an operator made for it. */
import {execFile} from 'node:child_process';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import type {Notification} from '@madang/client/client';
import type {ProcessCluster} from '@madang/testkit/cluster-processes';
import {request} from '@madang/testkit/raw-client';
import {waitFor} from '@madang/testkit/wait-for';

const madang = fileURLToPath(new URL('../../admin/src/main.ts', import.meta.url));

export type Product = {
  /** Notifies a user once, and retries while the node refuses it. */
  notify(url: string, userId: string, data: Notification['data']): Promise<void>;
};

export async function openProduct({adminUrl, redisUrl, redisPrefix}: ProcessCluster): Promise<Product> {
  const {PATH} = process.env;
  const env = {PATH, DATABASE_URL: adminUrl, REDIS_URL: redisUrl, REDIS_PREFIX: redisPrefix};
  const {stdout} = await promisify(execFile)(process.execPath, [madang, 'key', 'add', 'bakery', '--json'], {
    env,
  });
  const {key: token} = JSON.parse(stdout) as {key: string};
  let count = 0;
  return {
    async notify(url, userId, data) {
      count += 1;
      const body = {to: [userId], type: 'order.placed', data, key: `notification ${count}`};
      const send = async () => {
        const {status, body: answer} = await request(url, 'POST', '/notifications', {token, body});
        if (status !== 202 && !answer.error?.retryable)
          throw new Error(`${status} ${JSON.stringify(answer)}`);
        return status === 202;
      };
      await waitFor(send, {timeoutMs: 15_000, what: 'the notification to be taken', everyMs: 200});
    },
  };
}
