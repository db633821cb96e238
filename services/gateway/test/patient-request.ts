import {request, type HttpAnswer} from '@madang/testkit/raw-client';
import {waitFor} from '@madang/testkit/wait-for';

/** One HTTP request, tried again while it is refused only for now: on a busy machine that says nothing about rights. */
export async function patientRequest<Body = Record<string, unknown>>(
  ...call: Parameters<typeof request>
): Promise<HttpAnswer<Body>> {
  return waitFor(
    async () => {
      const answer = await request<Body>(...call);
      return !answer.body.error?.retryable && answer;
    },
    {timeoutMs: 15_000, what: `${call[1]} ${call[2]} to be decided`, everyMs: 200},
  );
}
