/**
 * Version of the wire contract, sent as `version` of the OpenAPI and AsyncAPI documents.
 *
 * History: 1 the first contract; 2 `direct:open`, and the `users` of a direct room.
 */
export const PROTOCOL_VERSION = 2;
