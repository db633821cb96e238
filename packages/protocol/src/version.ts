/**
 * Version of the wire contract, sent as `version` of the OpenAPI and AsyncAPI documents.
 *
 * History: 1 the first contract.
 */
export const PROTOCOL_VERSION = 1;
