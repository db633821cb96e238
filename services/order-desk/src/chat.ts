/** The desk's calls to the cluster, with its key. */

export type Notify = {to: string[]; type: string; data: Record<string, unknown>; key: string};

export type Chat = {
  /** Makes or updates the user that the desk knows by this id. */
  putUser(externalId: string, input: {name: string}): Promise<{id: string}>;
  /** What signs the user in once, for the page to redeem. */
  createTicket(userId: string): Promise<string>;
  /** Tells users on every device of theirs; the same key twice is once. */
  notify(input: Notify): Promise<void>;
};

/** The cluster said no, or could not be asked (`unavailable`). */
export class ChatRefused extends Error {
  readonly code: string;
  readonly retryable: boolean;

  constructor(code: string, retryable: boolean, options?: ErrorOptions) {
    super(code, options);
    this.code = code;
    this.retryable = retryable;
  }
}

const timeoutMs = 5_000;

export function createChat({url, key}: {url: string; key: string}): Chat {
  async function request<Result>(method: string, path: string, body: object): Promise<Result> {
    const headers = {authorization: `Bearer ${key}`, 'content-type': 'application/json'};
    const signal = AbortSignal.timeout(timeoutMs);
    const answer = await fetch(`${new URL(url).origin}/api/v1${path}`, {
      method,
      headers,
      signal,
      body: JSON.stringify(body),
    })
      .then(async (response) => ({ok: response.ok, body: (await response.json()) as unknown}))
      .catch((cause: unknown) => {
        throw new ChatRefused('unavailable', true, {cause});
      });
    if (answer.ok) return answer.body as Result;
    const {code, retryable} = (answer.body as {error: {code: string; retryable: boolean}}).error;
    throw new ChatRefused(code, retryable);
  }

  return {
    async putUser(externalId, input) {
      const {user} = await request<{user: {id: string}}>(
        'PUT',
        `/users/${encodeURIComponent(externalId)}`,
        input,
      );
      return user;
    },
    async createTicket(userId) {
      return (await request<{ticket: string}>('POST', '/auth/tickets', {userId})).ticket;
    },
    async notify(input) {
      await request('POST', '/notifications', input);
    },
  };
}
