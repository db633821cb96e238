import {ChatError} from '@madang/protocol/errors';

const messages: Record<string, string> = {
  account_name: 'An account here has this name, or one that looks the same. Choose another one.',
  staff_name:
    'Somebody who looks after the room has this name, or one that looks the same. Choose another one to be shown by.',
};

/** The same answer; if a name is refused, the refusal says what to do. */
export async function explainName<Result>(answer: Promise<Result>): Promise<Result> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof ChatError)) throw error;
    const message = messages[String(error.details?.reason)];
    if (message === undefined) throw error;
    throw new ChatError(error.code, {message, details: error.details});
  }
}
