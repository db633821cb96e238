import type {CallInput, CallName, CallResult} from '@madang/protocol/calls';
import {Refused, type RawClient} from '@madang/testkit/raw-client';
import {waitFor} from '@madang/testkit/wait-for';

/** Makes a call again while a busy machine puts it off: what prepares a trial is not what it measures. */
export async function callPatiently<Name extends CallName>(
  client: RawClient,
  name: Name,
  input: CallInput<Name>,
): Promise<CallResult<Name>> {
  const {result} = await waitFor(
    async () => {
      try {
        return {result: await client.call(name, input)};
      } catch (error) {
        if (error instanceof Refused && !error.error.retryable) throw error;
        return false;
      }
    },
    {timeoutMs: 20_000, what: name, everyMs: 200},
  );
  return result;
}
