/** Why a request or a connection got no answer of the cluster, as far as it can be known here. */
export type Unreachable = {
  reason: 'certificate' | 'timeout' | 'unreachable' | 'unknown';
  /** The code of the system or of TLS, such as ECONNREFUSED. */
  cause?: string;
  message: string;
};

const certificateCode =
  /CERT|SELF_SIGNED|UNABLE_TO_(?:GET|VERIFY|DECRYPT)|ERR_TLS|ERR_SSL|ERR_OSSL|CRL_|INVALID_CA|HOSTNAME_MISMATCH/;
const timeoutCode = /^(?:ETIMEDOUT|UND_ERR_\w*TIMEOUT)$/;
const systemCode = /^(?:E[A-Z_]{3,}|UND_ERR_\w+)$/;

/**
 * Explains the failure of `fetch` or of a WebSocket towards `url`. Node tells the cause in the errors below the error. A
 * browser hides it from scripts, so there the message lists what it can be.
 */
export function explainUnreachable(error: unknown, url: string): Unreachable {
  const codes = codesOf(error);
  const certificate = codes.find((code) => certificateCode.test(code));
  if (certificate !== undefined) {
    const message = `The certificate of ${url} is refused: ${certificate}.`;
    return {reason: 'certificate', cause: certificate, message};
  }
  const isTimeout = codes.some((code) => code === 'TimeoutError' || timeoutCode.test(code));
  if (isTimeout) return {reason: 'timeout', message: `No answer came from ${url} in time.`};
  const system = codes.find((code) => systemCode.test(code));
  if (system !== undefined) {
    return {reason: 'unreachable', cause: system, message: `${url} cannot be reached: ${system}.`};
  }
  const message =
    `No answer came from ${url}: it cannot be reached, refuses the origin of this page (ALLOWED_ORIGINS), or has a ` +
    `certificate that is refused. Where a browser made the request, its console says which.`;
  return {reason: 'unknown', message};
}

/** The codes and names in an error and in whatever it was caused by, the outermost first. */
function codesOf(error: unknown, depth = 0): string[] {
  if (typeof error !== 'object' || error === null || depth > 5) return [];
  const {code, name, message, cause, errors, error: inner, description} = error as Record<string, unknown>;
  const own = [code, name, message === 'timeout' ? 'ETIMEDOUT' : undefined];
  const below = [cause, inner, description, ...(Array.isArray(errors) ? errors : [])];
  return [
    ...own.filter((each): each is string => typeof each === 'string'),
    ...below.flatMap((each) => codesOf(each, depth + 1)),
  ];
}
